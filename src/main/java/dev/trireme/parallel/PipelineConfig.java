package dev.trireme.parallel;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Summation;
import dev.trireme.schedule.Schedule;
import java.util.Objects;

/**
 * How a pipeline runs a step.
 *
 * @param schedule order of tasks; it fixes the numbers of devices, stages and micro-batches
 * @param checkpointing which micro-batches recompute their activations
 * @param summation in which order the micro-batches' gradients are summed
 * @param execution when tasks start
 */
public record PipelineConfig(
        Schedule schedule, ActivationCheckpointing checkpointing, Summation summation, Execution execution) {
    /**
     * Checks that the parts fit each other.
     *
     * @throws IllegalArgumentException when gradients are to be summed along a tree but the number of micro-batches is no
     *     power of two, or the schedule splits backward passes
     */
    public PipelineConfig {
        NullChecks.require(
                "schedule", schedule, "checkpointing", checkpointing, "summation", summation, "execution", execution);
        if (summation == Summation.TREE) {
            if (Integer.bitCount(schedule.microBatches()) != 1) {
                throw new IllegalArgumentException("the schedule has " + schedule.microBatches()
                        + " micro-batches, which make no binary tree; use a power of two");
            }
            if (schedule.splitsWeights()) {
                throw new IllegalArgumentException("schedule " + schedule.name()
                        + " delays weight gradients, so they cannot be summed along a tree; use gpipe or 1f1b");
            }
        }
    }

    /**
     * The default settings: no activation checkpointing, gradients summed in sequence, tasks started as early as
     * possible.
     *
     * @param schedule order of tasks
     * @return the configuration
     */
    public static PipelineConfig of(Schedule schedule) {
        Objects.requireNonNull(schedule, "schedule");
        return new PipelineConfig(schedule, ActivationCheckpointing.NEVER, Summation.SEQUENCE, Execution.EAGER);
    }
}
