package dev.trireme.data;

import dev.trireme.config.NullChecks;

/**
 * One row to learn from. The arrays are not copied: nobody writes to them any more.
 *
 * @param ids token ids
 * @param weights how much predicting each of these tokens counts; the first is never predicted
 */
@SuppressWarnings("ArrayRecordComponent") // as a List every number would be an object
public record Example(int[] ids, float[] weights) {
    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if they differ or are 0
     */
    public Example {
        NullChecks.require("ids", ids, "weights", weights);
        if (ids.length == 0 || ids.length != weights.length) {
            throw new IllegalArgumentException("an example of " + ids.length + " ids has " + weights.length
                    + " weights; give at least one token and one weight for each");
        }
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
     * How many of its tokens are learnt.
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
     * What it counts in a loss.
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
