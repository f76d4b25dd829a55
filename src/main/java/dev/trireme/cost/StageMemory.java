package dev.trireme.cost;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.ParallelConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Stages;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import java.util.Collections;
import java.util.List;

/**
 * The memory that a training stage will hold, predicted before it is allocated. The same pipeline runs on dry-run
 * stages ({@link Stage#dryRun}), which count what they would allocate. From the second step on, and after an evaluation
 * if there are any, {@link Stage#memoryBytes} of the real stage equals {@link #total()} to the byte, if the workload is
 * met in full.
 *
 * <p>Replicas add nothing: a bucket is a range of the gradients, reduced in place. Memory that lives only within a call
 * is not counted: the buckets that the exact mode gathers from all ranks, and scratch of libtorch and Gloo.
 *
 * @param total bytes of weights, gradients, optimizer state, activations and scratch
 */
public record StageMemory(long total) {
    private static final double BYTES_PER_MB = 1 << 20;
    private static final int STEPS = 2; // the first makes the optimizer's state

    /**
     * Predicts for all stages of a pipeline.
     *
     * @param model sizes and constants
     * @param map the layers of each stage
     * @param config schedule, checkpointing and order of sums
     * @param devices as many as the schedule has; they need not be there
     * @param workload upper bound of the micro-batches
     * @return what each stage will hold, in order
     */
    public static List<StageMemory> predict(
            ModelConfig model, DeviceMap map, PipelineConfig config, List<Device> devices, Workload workload) {
        NullChecks.require("model", model, "map", map, "config", config, "devices", devices, "workload", workload);
        return predict(
                Stages.dryRun(model, map, stage -> devices.get(config.schedule().deviceOf(stage))),
                config,
                workload,
                false);
    }

    private static List<StageMemory> predict(
            List<Stage> stages, PipelineConfig config, Workload workload, boolean snapshot) {
        Schedule schedule = config.schedule();
        List<MicroBatch> batches = Collections.nCopies(schedule.microBatches(), workload.microBatch());
        try (Pipeline pipeline = Pipeline.of(stages, config)) {
            train(pipeline, batches);
            if (workload.evaluates()) {
                pipeline.evaluate(batches);
                train(pipeline, batches);
            }
            if (snapshot) {
                stages.forEach(stage -> stage.state().snapshot());
            }
            return stages.stream()
                    .map(stage -> new StageMemory(stage.memoryBytes()))
                    .toList();
        }
    }

    /**
     * Predicts for the stages of a rank.
     *
     * @param model what is trained
     * @param parallel the run's settings, with a split into even or explicit parts
     * @param workload upper bound of the micro-batches
     * @return what each stage will hold, in order
     */
    public static List<StageMemory> predict(ModelConfig model, ParallelConfig parallel, Workload workload) {
        return predict(model, parallel, workload, false);
    }

    /**
     * As {@link #predict(ModelConfig, ParallelConfig, Workload)}, for a rank that writes checkpoints.
     *
     * @param model what is trained
     * @param parallel the run's settings
     * @param workload upper bound of the micro-batches
     * @param snapshot whether the stages hold a copy of their state, which checkpoints are written from
     * @return what each stage will hold, in order
     */
    public static List<StageMemory> predict(
            ModelConfig model, ParallelConfig parallel, Workload workload, boolean snapshot) {
        NullChecks.require("model", model, "parallel", parallel, "workload", workload);
        PipelineConfig config = Pipelines.config(parallel);
        List<Device> devices = Pipelines.devices(parallel, 0);
        DeviceMap map = Pipelines.map(model, parallel.pipeline());
        return predict(
                Stages.dryRun(model, map, stage -> devices.get(config.schedule().deviceOf(stage))),
                config,
                workload,
                snapshot);
    }

    private static void train(Pipeline pipeline, List<MicroBatch> batches) {
        for (int step = 1; step <= STEPS; step++) {
            pipeline.train(step, 0, batches, 1);
            pipeline.update(OptimizerConfig.adamW(), 0);
        }
    }

    /**
     * The total in megabytes.
     *
     * @return units of 2<sup>20</sup> bytes
     */
    public double megabytes() {
        return total / BYTES_PER_MB;
    }
}
