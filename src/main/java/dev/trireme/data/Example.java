package dev.trireme.data;

import dev.trireme.config.NullChecks;

/**
 * A training row. The arrays are not copied and must not change.
 *
 * @param ids token ids
 * @param weights label weight of each token; the first is never predicted
 * @param begins where in the row the document of each token begins, for rows of several documents, which do not see each
 *     other; empty where the row is one document
 */
@SuppressWarnings("ArrayRecordComponent") // as a List every number would be an object
public record Example(int[] ids, float[] weights, int[] begins) {
    private static final int[] ONE_DOCUMENT = {};

    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if they differ or are 0
     */
    public Example {
        NullChecks.require("ids", ids, "weights", weights, "begins", begins);
        if (ids.length == 0 || ids.length != weights.length) {
            throw new IllegalArgumentException("an example of " + ids.length + " ids has " + weights.length
                    + " weights; give at least one token and one weight for each");
        }
        if (begins.length != 0 && begins.length != ids.length) {
            throw new IllegalArgumentException("an example of " + ids.length + " ids has " + begins.length
                    + " begins of documents; give one for each token, or none");
        }
    }

    /**
     * A row that is one document.
     *
     * @param ids token ids
     * @param weights label weight of each token
     */
    public Example(int[] ids, float[] weights) {
        this(ids, weights, ONE_DOCUMENT);
    }

    /**
     * How many tokens it has.
     *
     * @return at least 1
     */
    public int length() {
        return ids.length;
    }

    /**
     * Number of labels: tokens whose prediction has a weight.
     *
     * @return the weights but the first that are not 0
     */
    public int labels() {
        int count = 0;
        for (int t = 1; t < weights.length; t++) {
            count += weights[t] == 0 ? 0 : 1;
        }
        return count;
    }

    /**
     * Its weight in a loss.
     *
     * @return the sum of the weights but the first
     */
    public double totalWeight() {
        double sum = 0;
        for (int t = 1; t < weights.length; t++) {
            sum += weights[t];
        }
        return sum;
    }
}
