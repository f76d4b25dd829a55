package dev.trireme.bench;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.StepReport;
import dev.trireme.machine.Machine;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * The result of a pipeline measurement. Times of parts and factors are those of the median step.
 *
 * @param kind {@code pipeline}
 * @param shape name of the model's shape
 * @param schedule its name, or its file
 * @param stages devices, each with its own threads
 * @param chunks stages of the model on each device
 * @param split layers of each stage
 * @param microBatches of a step
 * @param microBatchSize rows of each
 * @param length tokens of a row
 * @param threads of each device
 * @param execution {@code eager} or {@code clocked}
 * @param checkpointActivations {@code never}, {@code except-last} or {@code always}
 * @param steps measured
 * @param tokensPerSecond at the median step
 * @param stepMs median milliseconds of a step: load, forward, backward, AdamW
 * @param stepSpread of all measured steps
 * @param oneStageMs median milliseconds of the same steps on one stage with as many threads, in turn with the others
 * @param bubble share of the devices' time, from the first task to the last, in which they ran none
 * @param bubbleTheory that of equal stages, (p − 1) / (v m + p − 1)
 * @param balance see {@link StepReport}, as for the next four
 * @param fill fill of the pipeline
 * @param communication share of time that is not exposed communication
 * @param kernelSize effect of smaller kernels and shared hardware on the work itself
 * @param efficiency oneStageMs / (stages × stepMs): the product of the four, up to the spread of steps
 * @param busyMs milliseconds of each device
 * @param waitingMs the same, for input
 * @param copyingMs the same, of inputs from other devices
 * @param allReduceMs the same, for gradients of replicas
 * @param liveActivations the most micro-batches that each device holds at once, by the schedule
 * @param stageMemoryMb weights, gradients, optimizer state and activations of each stage, in units of 2<sup>20</sup> bytes
 * @param stageMemoryPredictedMb the same, as predicted before the stages were made
 * @param peakMemoryMb largest resident size of the process with all stages, in the same units
 * @param lossFirst mean loss of the first warm-up step, in nats a token, before its update
 * @param lossLast that of the last step
 * @param machine that was measured
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record PipelineResult(
        String kind,
        String shape,
        String schedule,
        int stages,
        int chunks,
        String split,
        int microBatches,
        int microBatchSize,
        int length,
        int threads,
        String execution,
        String checkpointActivations,
        int steps,
        double tokensPerSecond,
        double stepMs,
        Spread stepSpread,
        double oneStageMs,
        double bubble,
        double bubbleTheory,
        double balance,
        double fill,
        double communication,
        double kernelSize,
        double efficiency,
        List<Double> busyMs,
        List<Double> waitingMs,
        List<Double> copyingMs,
        List<Double> allReduceMs,
        List<Integer> liveActivations,
        List<Double> stageMemoryMb,
        List<Double> stageMemoryPredictedMb,
        double peakMemoryMb,
        double lossFirst,
        double lossLast,
        Machine machine) {
    /** Checks that no component is null. */
    public PipelineResult {
        NullChecks.require(
                "kind",
                kind,
                "shape",
                shape,
                "schedule",
                schedule,
                "split",
                split,
                "execution",
                execution,
                "checkpointActivations",
                checkpointActivations,
                "stepSpread",
                stepSpread,
                "busyMs",
                busyMs,
                "waitingMs",
                waitingMs,
                "copyingMs",
                copyingMs,
                "allReduceMs",
                allReduceMs,
                "liveActivations",
                liveActivations,
                "stageMemoryMb",
                stageMemoryMb,
                "stageMemoryPredictedMb",
                stageMemoryPredictedMb,
                "machine",
                machine);
    }

    static PipelineResult of(PipelineSetting setting, DeviceMap map, PipelineMeasurement measurement) {
        Schedule schedule = setting.schedule();
        StepReport report = measurement.report();
        double stepMs = measurement.stepMs().median();
        double tokens = (double) setting.microBatches() * setting.microBatchSize() * setting.length();
        long oneStageNanos = Math.round(measurement.oneStageMs().median() * 1e6);
        return new PipelineResult(
                "pipeline",
                setting.shape(),
                setting.layout().schedule(),
                schedule.devices(),
                schedule.chunks(),
                map.toString(),
                setting.microBatches(),
                setting.microBatchSize(),
                setting.length(),
                setting.threads(),
                setting.execution().name().toLowerCase(Locale.ROOT),
                setting.layout().checkpointing().toString(),
                setting.steps(),
                tokens / stepMs * 1e3,
                stepMs,
                measurement.stepMs(),
                measurement.oneStageMs().median(),
                report.bubble(),
                report.bubbleTheory(),
                report.balance(),
                report.fill(),
                report.communication(),
                report.kernelSize(oneStageNanos),
                measurement.oneStageMs().median() / (schedule.devices() * stepMs),
                millis(report, StepReport.DeviceTime::busy),
                millis(report, StepReport.DeviceTime::waiting),
                millis(report, StepReport.DeviceTime::copying),
                millis(report, StepReport.DeviceTime::allReduce),
                IntStream.range(0, schedule.devices())
                        .mapToObj(schedule::liveActivations)
                        .toList(),
                measurement.stageMemoryMb(),
                setting.memory(map).stream().map(StageMemory::megabytes).toList(),
                measurement.peakMemoryMb(),
                measurement.lossFirst(),
                measurement.lossLast(),
                measurement.machine());
    }

    /**
     * As one JSON object on one line.
     *
     * @return keys in snake case
     */
    public String toJson() {
        return Json.text(Json.WRITER, this);
    }

    private static List<Double> millis(StepReport report, ToLongFunction<StepReport.DeviceTime> part) {
        return report.devices().stream()
                .map(device -> part.applyAsLong(device) / 1e6)
                .toList();
    }
}
