package dev.trireme.cli.option;

import dev.trireme.model.Families;
import dev.trireme.model.Family;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.ModelSizes;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Options for the model to train. */
public final class ModelSettings {
    @Option(
            names = "--model",
            paramLabel = "NAME",
            completionCandidates = FamilyNames.class,
            description = "Family of the model: ${COMPLETION-CANDIDATES} (gpt2).")
    private Optional<String> family = Optional.empty();

    @Option(names = "--layers", paramLabel = "N", description = "Blocks (12).")
    private Optional<Integer> layers = Optional.empty();

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads of a block (12).")
    private Optional<Integer> heads = Optional.empty();

    @Option(names = "--hidden", paramLabel = "N", description = "Width (768).")
    private Optional<Integer> hidden = Optional.empty();

    @Option(
            names = "--kv-heads",
            paramLabel = "N",
            description = "Key and value heads of a block, a divisor of the heads (as many); not of a gpt2.")
    private Optional<Integer> kvHeads = Optional.empty();

    @Option(
            names = "--intermediate",
            paramLabel = "N",
            description = "Width inside the MLP (8/3 of hidden, up to a multiple of 64); not of a gpt2.")
    private Optional<Integer> intermediate = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Take the model from a Hugging Face config.json instead of these options.")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "Take the model from a shape that plan and the benchmarks know instead, without dropout.")
    private Optional<String> shape = Optional.empty();

    @Option(
            names = "--dropout",
            paramLabel = "SHARE",
            description = "Of embeddings, attention and residuals of a gpt2; of attention alone for others (0.1).")
    private Optional<Double> dropout = Optional.empty();

    @Option(names = "--vocab-size", paramLabel = "N", description = "The most tokens that the tokenizer gets (10000).")
    private Optional<Integer> vocabulary = Optional.empty();

    /** The model; its positions hold rows of {@code maxLength} unless a file says how many there are. */
    public ModelConfig over(ModelConfig defaults, int maxLength) {
        Optional<ModelConfig> given = given();
        if (given.isPresent()) {
            return given.get();
        }
        Family kind = Families.named(family.orElse("gpt2"));
        ModelSizes sizes = new ModelSizes(
                layers.orElse(defaults.layers()),
                hidden.orElse(defaults.hidden()),
                vocabulary.orElse(defaults.vocabulary()),
                maxLength);
        int queryHeads = heads.orElse(defaults.heads().query());
        ModelConfig model = kind.fresh(sizes, queryHeads, kvHeads, intermediate);
        return kind.withDropout(model, dropout.orElse(defaults.dropout().attention()));
    }

    /** A model to start from, with dropout of choice. */
    public ModelConfig over(ModelConfig base) {
        boolean isOther = Stream.of(family, layers, heads, hidden, kvHeads, intermediate, config, shape, vocabulary)
                .anyMatch(Optional::isPresent);
        if (isOther) {
            throw new IllegalArgumentException(
                    "--from gives the model and its tokenizer already; leave out --model, --layers, --heads, --hidden,"
                            + " --kv-heads, --intermediate, --config, --shape and --vocab-size");
        }
        return dropout.map(share -> Families.of(base).withDropout(base, share)).orElse(base);
    }

    /** The model of a run that goes on; options may name what it is anyway. */
    public ModelConfig resumed(ModelConfig trained) {
        requireSame("model", family, Families.of(trained).name());
        requireSame("layers", layers, trained.layers());
        requireSame("heads", heads, trained.heads().query());
        requireSame("kvHeads", kvHeads, trained.heads().keyValue());
        requireSame("hidden", hidden, trained.hidden());
        requireSame("intermediate", intermediate, trained.intermediate());
        requireSame("dropout", dropout, trained.dropout().attention());
        if (vocabulary.orElse(trained.vocabulary()) < trained.vocabulary()) { // more are the most that it may get
            requireSame("vocabulary", vocabulary, trained.vocabulary());
        }
        given().filter(model -> !model.withVocabulary(trained.vocabulary()).equals(trained))
                .ifPresent(other -> {
                    throw new IllegalArgumentException(source() + " is another model than the run's; leave it out");
                });
        return trained;
    }

    private static <T> void requireSame(String name, Optional<T> wish, T trained) {
        if (!wish.orElse(trained).equals(trained)) {
            throw new IllegalArgumentException(
                    name + " is " + wish.get() + " but the run's model has " + trained + "; leave it out");
        }
    }

    /** The model of a file or a shape, where one is named. */
    private Optional<ModelConfig> given() {
        if (config.isPresent() && shape.isPresent()) {
            throw new IllegalArgumentException(
                    "config " + config.get() + " and shape " + shape.get() + " are two models; choose one");
        }
        boolean isGiven = config.isPresent() || shape.isPresent();
        if (isGiven && Stream.of(layers, heads, hidden, kvHeads, intermediate).anyMatch(Optional::isPresent)) {
            throw new IllegalArgumentException(
                    source() + " gives layers, heads and widths already; leave either it or --layers, --heads,"
                            + " --hidden, --kv-heads and --intermediate out");
        }
        return config.map(file -> HuggingFaceConfig.read(file).model())
                .or(() -> shape.map(ModelConfig::ofShape))
                .map(this::adjusted);
    }

    private String source() {
        return config.map(file -> "config " + file).orElseGet(() -> "shape " + shape.orElseThrow());
    }

    private ModelConfig adjusted(ModelConfig model) {
        Family kind = Families.of(model);
        if (!family.orElse(kind.name()).equals(kind.name())) {
            throw new IllegalArgumentException(
                    source() + " is a " + kind.name() + " but --model says " + family.get() + "; leave --model out");
        }
        ModelConfig sized = vocabulary.isPresent() ? model.withVocabulary(vocabulary.get()) : model;
        return dropout.isPresent() ? kind.withDropout(sized, dropout.get()) : sized;
    }
}
