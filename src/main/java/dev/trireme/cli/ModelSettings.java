package dev.trireme.cli;

import dev.trireme.config.HuggingFaceConfig;
import dev.trireme.config.ModelConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What is trained. */
final class ModelSettings {
    @Option(names = "--model", paramLabel = "NAME", description = "Family of the model: gpt2.")
    private String family = "gpt2";

    @Option(names = "--layers", paramLabel = "N", description = "Blocks (12).")
    private Optional<Integer> layers = Optional.empty();

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads of a block (12).")
    private Optional<Integer> heads = Optional.empty();

    @Option(names = "--hidden", paramLabel = "N", description = "Width (768).")
    private Optional<Integer> hidden = Optional.empty();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Take the model from a Hugging Face config.json instead of these options.")
    private Optional<Path> config = Optional.empty();

    @Option(names = "--dropout", paramLabel = "SHARE", description = "Of embeddings, attention and residuals (0.1).")
    private Optional<Double> dropout = Optional.empty();

    @Option(names = "--vocab-size", paramLabel = "N", description = "The most tokens that the tokenizer gets (10000).")
    private Optional<Integer> vocabulary = Optional.empty();

    /** The model; its positions hold rows of {@code maxLength} unless a file says how many there are. */
    ModelConfig over(ModelConfig defaults, int maxLength) {
        if (!family.equals("gpt2")) {
            throw new IllegalArgumentException("model " + family + " is unknown; use gpt2");
        }
        ModelConfig model = config.isPresent() ? fromFile(config.get()) : fromOptions(defaults, maxLength);
        return dropout.isPresent() ? model.withDropout(dropout.get(), dropout.get(), dropout.get()) : model;
    }

    private ModelConfig fromFile(Path file) {
        if (layers.isPresent() || heads.isPresent() || hidden.isPresent()) {
            throw new IllegalArgumentException(
                    "config " + file + " gives layers, heads and hidden already; use either --config or these options");
        }
        ModelConfig model = HuggingFaceConfig.read(file).model();
        return vocabulary.isEmpty() ? model : withVocabulary(model, vocabulary.get());
    }

    private ModelConfig fromOptions(ModelConfig defaults, int maxLength) {
        return ModelConfig.gpt2(
                        layers.orElse(defaults.layers()),
                        heads.orElse(defaults.heads()),
                        hidden.orElse(defaults.hidden()),
                        vocabulary.orElse(defaults.vocabulary()),
                        maxLength)
                .withDropout(defaults.embeddingDropout(), defaults.attentionDropout(), defaults.residualDropout());
    }

    private static ModelConfig withVocabulary(ModelConfig model, int vocabulary) {
        return new ModelConfig(
                model.family(),
                model.layers(),
                model.heads(),
                model.hidden(),
                model.intermediate(),
                vocabulary,
                model.positions(),
                model.normEpsilon(),
                model.embeddingDropout(),
                model.attentionDropout(),
                model.residualDropout(),
                model.initializerRange());
    }
}
