package dev.trireme.train;

import dev.trireme.checkpoint.GrownParameters;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.ParameterStore;
import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Sha256;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.tokenizer.AddedTokens;
import dev.trireme.data.tokenizer.Tokenizer;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The model that a run starts from.
 *
 * @param folder its absolute path in Hugging Face layout; empty for a model that begins with random weights
 * @param tokens its special tokens
 * @param firstAdded the id of the first token that the run adds
 * @param added the tokens that the run adds; their ids follow each other
 * @param weights hash of its weights, of a run whose checkpoints hold updates of them alone; else empty
 * @param trusted whether its tokenizer is opened as {@link Tokenizer#openTrusted} does
 */
public record BaseModel(
        String folder, SpecialTokens tokens, int firstAdded, List<String> added, String weights, boolean trusted) {
    /** Random weights, and a tokenizer of the run's own. */
    public static final BaseModel NONE = new BaseModel("", SpecialTokens.NONE, 0, List.of(), "", false);

    /** Files that go with a tokenizer, of which a folder has some. */
    static final List<String> FILES = List.of(
            "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json");

    static final String TOKENIZER_CONFIG = FILES.get(0);

    /** Copies the list. */
    public BaseModel {
        NullChecks.require("folder", folder, "tokens", tokens, "added", added, "weights", weights);
        added = List.copyOf(added);
    }

    /**
     * A model to start from, and the shape that it will have.
     *
     * @param model the shape, whose vocabulary has the added tokens
     * @param base where the weights come from
     */
    public record Shape(ModelConfig model, BaseModel base) {
        /** Checks that no component is null. */
        public Shape {
            NullChecks.require("model", model, "base", base);
        }
    }

    /**
     * Opens a model's folder, and checks that its tensors, configuration and tokenizer fit each other.
     *
     * @param folder that {@code generate} opens
     * @param added special tokens to add, each new to the tokenizer
     * @return the model, with a row of the embedding for each token
     * @throws BadInputException when the folder is no whole model, or lacks a tokenizer
     * @throws IllegalArgumentException when a token is there already
     */
    public static Shape of(Path folder, List<String> added) {
        return of(folder, added, false);
    }

    /**
     * As {@link #of(Path, List)}, with a choice of how far the maker of the tokenizer is trusted.
     *
     * @param folder that {@code generate} opens
     * @param added special tokens to add
     * @param trusted whether the tokenizer is opened as {@link Tokenizer#openTrusted} does
     * @return the model
     */
    public static Shape of(Path folder, List<String> added, boolean trusted) {
        NullChecks.require("folder", folder, "added", added);
        try (HuggingFaceFolder files = HuggingFaceFolder.open(folder)) {
            ModelConfig model = files.config().model();
            int known = requireKnown(files.tokenizer(), model, trusted);
            int first =
                    added.isEmpty() ? known : AddedTokens.first(files.tokenizer(), added); // reads the file once more
            int vocabulary = Math.max(model.vocabulary(), first + added.size());
            BaseModel base = new BaseModel(
                    folder.toAbsolutePath().normalize().toString(),
                    files.config().specialTokens(),
                    first,
                    added,
                    "",
                    trusted);
            return new Shape(model.withVocabulary(vocabulary), base);
        }
    }

    private static Tokenizer open(Path file, boolean trusted) {
        return trusted ? Tokenizer.openTrusted(file) : Tokenizer.open(file);
    }

    private static int requireKnown(Path file, ModelConfig model, boolean trusted) {
        try (Tokenizer tokenizer = open(file, trusted)) {
            if (tokenizer.vocabularySize() > model.vocabulary()) {
                throw new BadInputException(file + ": has ids up to " + (tokenizer.vocabularySize() - 1)
                        + ", but the model's vocabulary has " + model.vocabulary()
                        + " tokens; use the tokenizer that belongs to it");
            }
            return tokenizer.vocabularySize();
        }
    }

    /** Whether there is one. */
    public boolean exists() {
        return !folder.isEmpty();
    }

    /** Opens the run's copy of its tokenizer, or the run's own. */
    Tokenizer open(Path file) {
        return open(file, trusted);
    }

    /** The same with the hash of its weights as they are now. */
    BaseModel pinned() {
        return new BaseModel(folder, tokens, firstAdded, added, hash(), trusted);
    }

    /**
     * Refuses weights that are others than when the run began.
     *
     * @throws BadInputException when they are, or are no longer there
     */
    void requireSame() {
        if (!weights.isEmpty() && !hash().equals(weights)) {
            throw new BadInputException(folder + ": has other weights than when the run began, whose checkpoints update"
                    + " those; put them back");
        }
    }

    private String hash() {
        try {
            return Sha256.of(HuggingFaceFolder.weightFiles(Path.of(folder)), () -> {});
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); put the model back", e);
        }
    }

    /** Fills the stages from the folder, each with its own tensors. */
    void load(ParameterStore stages) {
        try (HuggingFaceFolder files = HuggingFaceFolder.open(Path.of(folder))) {
            if (added.isEmpty()) {
                files.load(stages);
                return;
            }
            GrownParameters grown =
                    new GrownParameters(stages, files.config().model(), firstAdded, firstAdded + added.size());
            files.load(grown);
            grown.fillNewRows();
        }
    }

    /** Writes the tokenizer and what goes with it into a run's folder. */
    void copyFiles(Path tokenizer, Path others) throws IOException {
        try (HuggingFaceFolder files = HuggingFaceFolder.open(Path.of(folder))) {
            Path source = files.tokenizer().resolveSibling("");
            AddedTokens.write(files.tokenizer(), added, tokenizer);
            Files.createDirectories(others);
            for (String name : FILES) {
                Path file = source.resolve(name);
                if (name.equals(TOKENIZER_CONFIG) && Files.isRegularFile(file)) {
                    AddedTokens.writeConfig(file, firstAdded, added, others.resolve(name));
                } else if (Files.isRegularFile(file)) {
                    Files.copy(file, others.resolve(name));
                }
            }
        }
    }
}
