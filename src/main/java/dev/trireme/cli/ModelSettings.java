package dev.trireme.cli;

import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.config.ModelConfig;
import dev.trireme.config.ModelFamily;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What is trained. */
final class ModelSettings {
    private static final int WIDTH_STEP = 64;

    @Option(names = "--model", paramLabel = "NAME", description = "Family of the model: gpt2 or llama (gpt2).")
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
            description = "Key and value heads of a llama's block, a divisor of the heads (as many).")
    private Optional<Integer> kvHeads = Optional.empty();

    @Option(
            names = "--intermediate",
            paramLabel = "N",
            description = "Width inside the MLP of a llama (8/3 of hidden, up to a multiple of 64).")
    private Optional<Integer> intermediate = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Take the model from a Hugging Face config.json instead of these options.")
    private Optional<Path> config = Optional.empty();

    @Option(
            names = "--dropout",
            paramLabel = "SHARE",
            description = "Of embeddings, attention and residuals; of attention alone for a llama (0.1).")
    private Optional<Double> dropout = Optional.empty();

    @Option(names = "--vocab-size", paramLabel = "N", description = "The most tokens that the tokenizer gets (10000).")
    private Optional<Integer> vocabulary = Optional.empty();

    /** The model; its positions hold rows of {@code maxLength} unless a file says how many there are. */
    ModelConfig over(ModelConfig defaults, int maxLength) {
        if (config.isPresent()) {
            return fromFile(config.get());
        }
        ModelConfig model = switch (family.orElse("gpt2")) {
            case "gpt2" -> gpt2(defaults, maxLength);
            case "llama" -> llama(defaults, maxLength);
            default ->
                throw new IllegalArgumentException("model " + family.orElseThrow() + " is unknown; use gpt2 or llama");
        };
        return withDropout(model, dropout.orElse(defaults.attentionDropout()));
    }

    private ModelConfig fromFile(Path file) {
        if (Stream.of(layers, heads, hidden, kvHeads, intermediate).anyMatch(Optional::isPresent)) {
            throw new IllegalArgumentException(
                    "config " + file + " gives layers, heads and widths already; leave either it or --layers, --heads,"
                            + " --hidden, --kv-heads and --intermediate out");
        }
        ModelConfig model = HuggingFaceConfig.read(file).model();
        String itsFamily = nameOf(model.family());
        if (!family.orElse(itsFamily).equals(itsFamily)) {
            throw new IllegalArgumentException("config " + file + " is a " + itsFamily + " but --model says "
                    + family.get() + "; leave --model out");
        }
        ModelConfig sized = vocabulary.isPresent() ? model.withVocabulary(vocabulary.get()) : model;
        return dropout.isPresent() ? withDropout(sized, dropout.get()) : sized;
    }

    private ModelConfig gpt2(ModelConfig defaults, int maxLength) {
        if (kvHeads.isPresent() || intermediate.isPresent()) {
            throw new IllegalArgumentException(
                    "--kv-heads and --intermediate are not a gpt2's to choose; leave them out or use --model llama");
        }
        return ModelConfig.gpt2(
                layers.orElse(defaults.layers()),
                heads.orElse(defaults.heads()),
                hidden.orElse(defaults.hidden()),
                vocabulary.orElse(defaults.vocabulary()),
                maxLength);
    }

    private ModelConfig llama(ModelConfig defaults, int maxLength) {
        int width = hidden.orElse(defaults.hidden());
        int queryHeads = heads.orElse(defaults.heads());
        return ModelConfig.llama(
                layers.orElse(defaults.layers()),
                queryHeads,
                kvHeads.orElse(queryHeads),
                width,
                intermediate.orElse(usualIntermediate(width)),
                vocabulary.orElse(defaults.vocabulary()),
                maxLength);
    }

    /** Three matrices of it are as large as two of 4 × hidden. */
    private static int usualIntermediate(int width) {
        long steps = -Math.floorDiv(-8L * width, 3L * WIDTH_STEP); // rounded up
        return (int) Math.min(steps * WIDTH_STEP, Integer.MAX_VALUE); // a wrong width is refused by the model
    }

    /** What a llama's config.json can say, and a GPT-2's. */
    private static ModelConfig withDropout(ModelConfig model, double share) {
        double elsewhere = model.family() == ModelFamily.GPT2 ? share : 0;
        return model.withDropout(elsewhere, share, elsewhere);
    }

    static String nameOf(ModelFamily family) {
        return family.name().toLowerCase(Locale.ROOT);
    }
}
