package dev.trireme.data;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Padding;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * How examples are batched, and which part of a batch a rank gets.
 *
 * @param batchSize rows of the global batch, a multiple of {@code microBatches}
 * @param microBatches parts of the global batch, a multiple of {@code worldSize}
 * @param worldSize number of ranks that share a batch
 * @param rank this one, from 0
 * @param seed decides the order of each epoch
 * @param padding how long rows are
 * @param maxLength most tokens of a row
 * @param padId id that fills short rows
 */
public record BatchPlan(
        int batchSize,
        int microBatches,
        int worldSize,
        int rank,
        long seed,
        Padding padding,
        int maxLength,
        int padId) {
    /**
     * Checks that the batch divides evenly.
     *
     * @throws IllegalArgumentException naming the number that does not fit
     */
    public BatchPlan {
        Objects.requireNonNull(padding, "padding");
        if (worldSize < 1 || rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException(
                    "rank " + rank + " is not in a world of " + worldSize + "; use 0 to world size - 1");
        }
        if (microBatches < 1 || microBatches % worldSize != 0) {
            throw new IllegalArgumentException(microBatches + " micro-batches cannot be shared equally by " + worldSize
                    + " ranks; use a multiple of " + worldSize);
        }
        if (batchSize < 1 || batchSize % microBatches != 0) {
            throw new IllegalArgumentException("batch size " + batchSize + " cannot be cut into " + microBatches
                    + " equal micro-batches; use a multiple of " + microBatches);
        }
        if (maxLength < 2 || padId < 0) {
            throw new IllegalArgumentException("maximum length " + maxLength + " or padding id " + padId
                    + " is too small; use a length of at least 2 and an id of at least 0");
        }
    }

    /**
     * Makes a micro-batch of rows of one length. Short ones are padded on the right with weight 0.
     *
     * @param examples its rows, at least one
     * @param firstRow number of the first within the global batch
     * @return the micro-batch
     * @throws IllegalArgumentException if an example is longer than the plan allows
     */
    public MicroBatch collate(List<Example> examples, int firstRow) {
        NullChecks.require("examples", examples);
        int longest = examples.stream().mapToInt(Example::length).max().orElseThrow();
        if (longest > maxLength) {
            throw new IllegalArgumentException("an example of " + longest + " tokens does not fit the maximum length "
                    + maxLength + "; cut examples to the same length");
        }
        int length = padding == Padding.MAX ? maxLength : longest;
        int[] ids = new int[examples.size() * length];
        float[] weights = new float[ids.length];
        Arrays.fill(ids, padId);
        boolean documents = examples.stream().anyMatch(example -> example.begins().length > 0);
        int[] begins = new int[documents ? ids.length : 0];
        int start = 0;
        for (Example example : examples) {
            System.arraycopy(example.ids(), 0, ids, start, example.length());
            System.arraycopy(example.weights(), 0, weights, start, example.length());
            if (documents) {
                System.arraycopy(example.begins(), 0, begins, start, example.begins().length);
                // Padding is a document of its own.
                Arrays.fill(begins, start + example.length(), start + length, example.length());
            }
            start += length;
        }
        return new MicroBatch(ids, weights, examples.size(), length, firstRow, begins);
    }
}
