package dev.trireme.cli.option;

import dev.trireme.checkpoint.DataType;
import dev.trireme.train.BaseModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for the model that training starts from, and how its result is saved. */
public final class BaseSettings {
    /** How saved weights are stored. */
    enum Saved {
        FLOAT32(DataType.F32),
        BFLOAT16(DataType.BF16);

        private final DataType type;

        Saved(DataType type) {
            this.type = type;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--from",
            paramLabel = "DIR",
            description = "Start from a model that generate opens, with its tokenizer and chat template, and with the"
                    + " defaults of fine-tuning, which are printed.")
    private Optional<Path> from = Optional.empty();

    @Option(
            names = "--add-token",
            paramLabel = "TOKEN",
            description = "Add a special token such as <|x|> to the model of --from; its row is the mean of the others."
                    + " May be given several times.")
    private List<String> added = List.of();

    @Option(
            names = "--save-dtype",
            paramLabel = "TYPE",
            description = "Of the weights in model/: ${COMPLETION-CANDIDATES} (float32). Checkpoints are float32.")
    private Optional<Saved> saved = Optional.empty();

    /** The model to start from, if there is one. */
    public Optional<BaseModel.Shape> open(TokenizerOptions tokenizers) {
        if (from.isEmpty() && tokenizers.isTrusted()) {
            throw new IllegalArgumentException("--trust-tokenizer is of a model that is there; name it by --from");
        }
        if (from.isEmpty() && !added.isEmpty()) {
            throw new IllegalArgumentException(
                    "--add-token is " + added.get(0) + ", but a model that begins anew makes its own tokens; name the"
                            + " model that gets it by --from");
        }
        return from.map(folder -> BaseModel.of(folder, added, tokenizers.isTrusted()));
    }

    public DataType savedOr(DataType otherwise) {
        return saved.map(choice -> choice.type).orElse(otherwise);
    }

    /** Refuses options that say where a run begins, of one that goes on. */
    public void requireNone(TokenizerOptions tokenizers) {
        if (from.isPresent() || !added.isEmpty() || tokenizers.isTrusted()) {
            throw new IllegalArgumentException(
                    "--from, --add-token and --trust-tokenizer begin a run, and --resume goes on"
                            + " with one; leave out one of the two");
        }
    }
}
