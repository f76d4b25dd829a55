package dev.trireme.task;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import dev.trireme.data.Shuffle;
import java.util.OptionalInt;

/**
 * How many documents each part gets.
 *
 * @param train training documents; all that are left if it is not said
 * @param validation validation documents; a twentieth of all, at most 1000, if it is not said
 * @param test test documents; a twentieth of all, at most 100, if it is not said
 * @param seed decides which documents go where
 */
public record PartSizes(OptionalInt train, OptionalInt validation, OptionalInt test, long seed) {
    private static final int SHARE = 20;
    private static final int MOST_VALIDATION = 1000;
    private static final int MOST_TEST = 100;

    /** Checks that no component is null. */
    public PartSizes {
        NullChecks.require("train", train, "validation", validation, "test", test);
    }

    /**
     * The usual sizes.
     *
     * @param seed decides which documents go where
     * @return sizes that depend on the number of documents
     */
    public static PartSizes usual(long seed) {
        return new PartSizes(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), seed);
    }

    /** The part of each document, by its number: of {@link Parts#NAMES}, or -1 for none. */
    byte[] parts(int documents, String name) {
        int validations = validation.orElse(share(documents, MOST_VALIDATION));
        int tests = test.orElse(share(documents, MOST_TEST));
        long least = (long) validations + tests + train.orElse(1);
        if (documents < least || validations < 1 || tests < 1) {
            throw new BadInputException(name + ": has " + documents + " documents, but " + train.orElse(1)
                    + " for training, " + validations + " for validation and " + tests + " for test are " + least
                    + "; bring more, or use smaller parts of 1 or more");
        }
        int[] order = Shuffle.permutation(documents, seed);
        int trains = train.orElse(documents - validations - tests);
        byte[] parts = new byte[documents];
        for (int place = 0; place < documents; place++) {
            int rest = place - tests - validations;
            int part = place < tests ? 2 : rest < 0 ? 1 : rest < trains ? 0 : -1;
            parts[order[place]] = (byte) part;
        }
        return parts;
    }

    private static int share(int documents, int most) {
        return Math.max(1, Math.min(most, documents / SHARE));
    }
}
