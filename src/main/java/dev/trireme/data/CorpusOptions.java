package dev.trireme.data;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;

/**
 * Options for splitting a corpus into training, validation and test pairs.
 *
 * @param train number of training pairs
 * @param validation number of validation pairs
 * @param test number of test pairs
 * @param seed decides which pairs go where
 * @param sourceKey key of the source text in JSON
 * @param targetKey key of its translation in JSON
 */
public record CorpusOptions(int train, int validation, int test, long seed, String sourceKey, String targetKey) {
    /** 5000, 1000 and 100 pairs with seed 1234, German to English. */
    public static final CorpusOptions DEFAULTS = new CorpusOptions(5000, 1000, 100, 1234, "de", "en");

    /**
     * Checks the sizes and keys.
     *
     * @throws IllegalArgumentException for a split without pairs, or for keys that are blank or the same
     */
    public CorpusOptions {
        NullChecks.require("sourceKey", sourceKey, "targetKey", targetKey);
        Requirements.within("train", train, 1, Integer.MAX_VALUE);
        Requirements.within("validation", validation, 1, Integer.MAX_VALUE);
        Requirements.within("test", test, 1, Integer.MAX_VALUE);
        if (sourceKey.isBlank() || targetKey.isBlank() || sourceKey.equals(targetKey)) {
            throw new IllegalArgumentException("sourceKey \"" + sourceKey + "\" and targetKey \"" + targetKey
                    + "\" do not name two texts; use two different keys such as de and en");
        }
    }
}
