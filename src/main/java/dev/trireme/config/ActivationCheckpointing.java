package dev.trireme.config;

import java.util.Locale;

/**
 * Which micro-batches of a step keep only what enters and leaves a stage, and run forward again in backward, with the same
 * random numbers (Chen et al. 2016; the three choices are those of Kim et al. 2020, "torchgpipe", section 2.3).
 */
public enum ActivationCheckpointing {
    /** None: fastest. */
    NEVER,
    /** All but the last of a step, whose backward follows at once. */
    EXCEPT_LAST,
    /** All: smallest. */
    ALWAYS;

    /**
     * Decides for a micro-batch.
     *
     * @param microBatch its number
     * @param microBatches of the step
     * @return whether it runs forward again
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
