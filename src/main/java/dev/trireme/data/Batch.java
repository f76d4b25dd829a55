package dev.trireme.data;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Padding;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of tokens of one length, the short ones padded on the right with weight 0. The arrays are not copied.
 *
 * @param rows B
 * @param length T
 * @param ids token ids (B, T), row by row
 * @param weights label weights (B, T): that of predicting the token of the same place, so that column 0 is unused
 * @param firstRow number of its first row in the global batch
 * @param tokens how many ids are not padding
 */
@SuppressWarnings("ArrayRecordComponent") // as a List every number would be an object
public record Batch(int rows, int length, int[] ids, float[] weights, int firstRow, int tokens) {
    /**
     * Checks that the sizes fit.
     *
     * @throws IllegalArgumentException if they do not
     */
    public Batch {
        NullChecks.require("ids", ids, "weights", weights);
        long count = (long) rows * length;
        if (rows < 1 || length < 1 || ids.length != count || weights.length != count) {
            throw new IllegalArgumentException("a batch of " + rows + " rows of " + length + " tokens has " + ids.length
                    + " ids and " + weights.length + " weights; give rows × length of both, 1 or more");
        }
        if (firstRow < 0 || tokens < rows || tokens > count) {
            throw new IllegalArgumentException("first row " + firstRow + " or " + tokens + " tokens do not fit " + rows
                    + " rows of " + length + "; count rows from 0 and at least one token in each");
        }
    }

    /**
     * Makes a batch.
     *
     * @param examples its rows, at least one
     * @param firstRow number of the first in the global batch
     * @param plan says how to pad
     * @return the batch
     * @throws IllegalArgumentException if an example is longer than the plan allows
     */
    public static Batch collate(List<Example> examples, int firstRow, BatchPlan plan) {
        NullChecks.require("examples", examples, "plan", plan);
        int longest = examples.stream().mapToInt(Example::length).max().orElseThrow();
        if (longest > plan.maxLength()) {
            throw new IllegalArgumentException("an example of " + longest + " tokens does not fit the maximum length "
                    + plan.maxLength() + "; cut examples to the same length");
        }
        int length = plan.padding() == Padding.MAX ? plan.maxLength() : longest;
        int[] ids = new int[examples.size() * length];
        float[] weights = new float[ids.length];
        Arrays.fill(ids, plan.padId());
        int start = 0;
        int tokens = 0;
        for (Example example : examples) {
            System.arraycopy(example.ids(), 0, ids, start, example.length());
            System.arraycopy(example.weights(), 0, weights, start, example.length());
            start += length;
            tokens += example.length();
        }
        return new Batch(examples.size(), length, ids, weights, firstRow, tokens);
    }

    /**
     * What it counts in a loss.
     *
     * @return the sum of the weights, column 0 left out
     */
    public double totalWeight() {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += i % length == 0 ? 0 : weights[i];
        }
        return sum;
    }
}
