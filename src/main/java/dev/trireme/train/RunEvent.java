package dev.trireme.train;

import java.util.Optional;

/**
 * Something that rank 0 tells of a run.
 *
 * <pre>
 *   MachineMetrics      the run begins or goes on, and where
 *   RestartMetrics      the run goes on from a checkpoint, or begins again after a failure
 *   MemoryMetrics       before the first step, and again after the last
 *   EpochStart          an epoch begins
 *     StepMetrics         a step is done, or
 *     SkippedMetrics      it changed nothing, since its numbers were not finite
 *     GradientMetrics     the gradients of the step that was just told, if the run is to tell of them
 *     CheckpointMetrics   a checkpoint is on the disk; told between two steps, a while after its own
 *   EpochMetrics        an epoch and its validation are done
 *   QualityMetrics      how good the model is on validation data after an epoch, and on test data at the end
 *   EpochSamples        what the model answers to a few prompts of the validation data after an epoch
 *   StageMetrics        training is done: the breakdown of a step's time, the median of the last ones
 *   Translations        the model is saved, and the test pairs are translated
 *   ResultMetrics       the run is done
 * </pre>
 */
public sealed interface RunEvent
        permits MachineMetrics,
                RestartMetrics,
                MemoryMetrics,
                EpochStart,
                StepMetrics,
                SkippedMetrics,
                GradientMetrics,
                CheckpointMetrics,
                EpochMetrics,
                QualityMetrics,
                EpochSamples,
                StageMetrics,
                Translations,
                ResultMetrics {
    /**
     * This event in the run's {@code metrics.jsonl}.
     *
     * @return a JSON object on one line, with its {@code kind}; nothing for the start of an epoch, which is not in there
     */
    default Optional<String> toJson() {
        return EventKind.of(this).toJson(this);
    }
}
