package dev.trireme.bench;

import dev.trireme.cost.StepReport;
import dev.trireme.machine.Machine;
import dev.trireme.schedule.Timeline;
import java.util.List;

/**
 * The answer of {@link PipelineRank}.
 *
 * @param stepMs milliseconds of the measured steps
 * @param oneStageMs milliseconds of the same steps on one stage
 * @param report of the median step
 * @param timeline of that step
 * @param lossFirst mean loss of the first step, before its update
 * @param lossLast that of the last
 * @param peakMemoryMb largest resident size of the process until the end of the warm-up
 * @param stageMemoryMb of weights, gradients, optimizer state and activations of each stage
 * @param machine that was measured
 */
record PipelineMeasurement(
        Spread stepMs,
        Spread oneStageMs,
        StepReport report,
        Timeline timeline,
        double lossFirst,
        double lossLast,
        double peakMemoryMb,
        List<Double> stageMemoryMb,
        Machine machine) {}
