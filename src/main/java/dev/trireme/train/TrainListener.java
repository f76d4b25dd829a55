package dev.trireme.train;

import java.util.List;

/** A listener for the progress of a run, called on rank 0's thread in the order of the methods below. */
public interface TrainListener {
    /** A listener that does nothing. */
    TrainListener NONE = new TrainListener() {};

    /**
     * The run goes on from a checkpoint, or begins again after a failure. Comes first.
     *
     * @param metrics from where, why and what was lost
     */
    default void restarted(RestartMetrics metrics) {}

    /**
     * The memory of the stages, before the first step and again after the last.
     *
     * @param metrics predicted and measured
     */
    default void memory(MemoryMetrics metrics) {}

    /**
     * An epoch begins.
     *
     * @param epoch its number, from 1
     * @param epochs how many there will be
     * @param steps of this epoch
     */
    default void epochStarted(int epoch, int epochs, long steps) {}

    /**
     * A step is done.
     *
     * @param metrics its numbers
     */
    default void step(StepMetrics metrics) {}

    /**
     * The gradients of the step that was just told, if the run is to tell of them.
     *
     * @param metrics its norms
     */
    default void gradients(GradientMetrics metrics) {}

    /**
     * A step changed nothing, because its numbers were not finite.
     *
     * @param metrics which step, and why
     */
    default void skipped(SkippedMetrics metrics) {}

    /**
     * A checkpoint is on the disk; told between two steps, a while after its own.
     *
     * @param metrics step, time and size
     */
    default void checkpoint(CheckpointMetrics metrics) {}

    /**
     * An epoch and its validation are done.
     *
     * @param metrics its numbers
     */
    default void epoch(EpochMetrics metrics) {}

    /**
     * Training is done; this is the breakdown of a step's time.
     *
     * @param metrics of the median of the last steps
     */
    default void stages(StageMetrics metrics) {}

    /**
     * The model is saved and the test pairs are translated.
     *
     * @param translations of all test pairs
     */
    default void translated(List<Translation> translations) {}

    /**
     * The run is done.
     *
     * @param metrics its result
     */
    default void finished(ResultMetrics metrics) {}
}
