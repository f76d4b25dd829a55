package dev.trireme.data;

import dev.trireme.config.MicroBatch;
import java.util.List;
import java.util.Objects;

/**
 * One rank's part of one training step.
 *
 * @param microBatches of this rank, in order
 * @param globalWeight divisor of the step's loss: the sum of label weights over all ranks, more than 0
 * @param globalTokens tokens over all ranks that are not padding
 */
public record StepBatch(List<MicroBatch> microBatches, double globalWeight, long globalTokens) {
    /** Keeps an unmodifiable copy. */
    public StepBatch {
        Objects.requireNonNull(microBatches, "microBatches");
        microBatches = List.copyOf(microBatches);
    }
}
