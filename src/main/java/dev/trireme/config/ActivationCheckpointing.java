package dev.trireme.config;

import java.util.Locale;

/**
 * Activation checkpointing: which micro-batches of a step keep only the input and output of a stage, and recompute its
 * activations in backward, with the same random numbers (Chen et al. 2016; the three choices are those of Kim et al.
 * 2020, "torchgpipe", section 2.3).
 */
public enum ActivationCheckpointing {
    /** No micro-batch: fastest, most memory. */
    NEVER,
    /** All but the last micro-batch of a step, whose backward pass follows its forward pass at once. */
    EXCEPT_LAST,
    /** Every micro-batch: least memory. */
    ALWAYS;

    /**
     * Decides for a micro-batch.
     *
     * @param microBatch its number
     * @param microBatches of the step
     * @return whether its activations are recomputed in backward
     */
    public boolean appliesTo(int microBatch, int microBatches) {
        return switch (this) {
            case NEVER -> false;
            case EXCEPT_LAST -> microBatch < microBatches - 1;
            case ALWAYS -> true;
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
