package dev.trireme.config;

import java.util.Objects;

/**
 * How each replica of a model is split into stages, and the schedule that runs them.
 *
 * @param stages devices of a replica, which share its layers
 * @param split layers of each stage, such as {@code 5,7} or {@code 3.5,0.5}; {@code even}, or {@code balanced} by
 *     measured times
 * @param schedule {@code gpipe}, {@code 1f1b}, {@code interleaved}, {@code zero-bubble}, or a file that holds one
 * @param chunks stages on each device, more than 1 for {@code interleaved} only
 * @param checkpointing which micro-batches recompute their activations
 */
public record PipelineLayout(
        int stages, String split, String schedule, int chunks, ActivationCheckpointing checkpointing) {
    /** The whole model on one device, which holds one micro-batch's activations at a time. */
    public static final PipelineLayout SINGLE = new PipelineLayout(1, "even", "1f1b", 1, ActivationCheckpointing.NEVER);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public PipelineLayout {
        NullChecks.require("split", split, "schedule", schedule, "checkpointing", checkpointing);
        Requirements.within("stages", stages, 1, 1024);
        Requirements.within("chunks", chunks, 1, 1024);
        HalfLayers.requireSplit(split);
        if (schedule.isBlank()) {
            throw new IllegalArgumentException("schedule is empty; use the name of one, or a file");
        }
    }

    /**
     * The usual layout of a number of devices: 1f1b, all activations kept.
     *
     * @param stages devices of a replica
     * @param split layers of each stage, {@code even} or {@code balanced}
     * @return the layout
     * @throws IllegalArgumentException as the constructor
     */
    public static PipelineLayout of(int stages, String split) {
        Objects.requireNonNull(split, "split");
        return new PipelineLayout(stages, split, SINGLE.schedule, SINGLE.chunks, SINGLE.checkpointing);
    }

    /**
     * Number of stages of the whole model.
     *
     * @return those of all devices
     */
    public int stagesOfModel() {
        return stages * chunks;
    }

    /**
     * Default number of micro-batches: four per device keep the bubble below a fifth; a single device needs one.
     *
     * @return 1 or more
     */
    public int usualMicroBatches() {
        return stages == 1 ? 1 : 4 * stages;
    }

    /**
     * This layout with another split.
     *
     * @param other {@code even}, {@code balanced}, or layers
     * @return the changed copy
     */
    public PipelineLayout withSplit(String other) {
        Objects.requireNonNull(other, "other");
        return new PipelineLayout(stages, other, schedule, chunks, checkpointing);
    }
}
