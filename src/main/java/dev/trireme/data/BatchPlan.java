package dev.trireme.data;

import dev.trireme.config.Padding;
import java.util.Objects;

/**
 * How examples become batches, and which part of them a rank gets.
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
     * Checks that the parts come out even.
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
}
