package dev.trireme.cli.option;

import dev.trireme.data.CorpusOptions;
import dev.trireme.task.PartSizes;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Option;

/** Options for splitting a corpus. */
public final class CorpusSettings {
    @Option(
            names = "--train",
            paramLabel = "N",
            description = "Training pairs (5000), or documents of other tasks (all that are left).")
    private Optional<Integer> train = Optional.empty();

    @Option(
            names = "--validation",
            paramLabel = "N",
            description = "Validation pairs (1000), or documents (a twentieth, at most 1000).")
    private Optional<Integer> validation = Optional.empty();

    @Option(
            names = "--test",
            paramLabel = "N",
            description = "Test pairs (100), or documents (a twentieth, at most 100).")
    private Optional<Integer> test = Optional.empty();

    @Option(names = "--source", paramLabel = "KEY", description = "JSON key of the text to translate (de).")
    private Optional<String> source = Optional.empty();

    @Option(names = "--target", paramLabel = "KEY", description = "JSON key of its translation (en).")
    private Optional<String> target = Optional.empty();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Decides the splits, and in training the first weights, order and dropout (1234).")
    private Optional<Long> seed = Optional.empty();

    public CorpusOptions over(CorpusOptions defaults) {
        return new CorpusOptions(
                train.orElse(defaults.train()),
                validation.orElse(defaults.validation()),
                test.orElse(defaults.test()),
                seedOr(defaults.seed()),
                source.orElse(defaults.sourceKey()),
                target.orElse(defaults.targetKey()));
    }

    /** Whether no number of pairs is given. */
    public boolean isWhole() {
        return train.isEmpty() && validation.isEmpty() && test.isEmpty();
    }

    /** Sizes of the parts of a corpus whose task is not to translate. */
    public PartSizes parts(long otherwise) {
        return new PartSizes(of(train), of(validation), of(test), seedOr(otherwise));
    }

    private static OptionalInt of(Optional<Integer> size) {
        return size.map(OptionalInt::of).orElse(OptionalInt.empty());
    }

    public long seedOr(long otherwise) {
        return seed.orElse(otherwise);
    }
}
