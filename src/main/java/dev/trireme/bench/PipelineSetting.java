package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Requirements;
import dev.trireme.config.Summation;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.Workload;
import dev.trireme.engine.Device;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Execution;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.plan.HostMemory;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.StageCosts;
import java.util.Collections;
import java.util.List;

/**
 * Settings of a pipeline measurement.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param layout split and schedule
 * @param microBatches of a step
 * @param microBatchSize rows of each
 * @param length tokens of a row
 * @param threads of each stage
 * @param execution when tasks start
 * @param warmup steps before the measured ones
 * @param steps measured steps
 */
public record PipelineSetting(
        String shape,
        PipelineLayout layout,
        int microBatches,
        int microBatchSize,
        int length,
        int threads,
        Execution execution,
        int warmup,
        int steps)
        implements Planned {
    /**
     * Checks every component, and that there are such a schedule and such a split.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public PipelineSetting {
        NullChecks.require("shape", shape, "layout", layout, "execution", execution);
        int positions = ModelConfig.ofShape(shape).positions();
        Requirements.within("microBatches", microBatches, 1, 1 << 16);
        Requirements.within("microBatchSize", microBatchSize, 1, 1 << 16);
        Requirements.within("micro-batches × micro-batch-size", (long) microBatches * microBatchSize, 1, 1 << 20);
        Requirements.within("length", length, 2, positions);
        Requirements.within("threads", threads, 1, 1024);
        Requirements.within("warmup", warmup, 1, 1_000_000);
        Requirements.within("steps", steps, 1, 1_000_000);
        schedule(layout, microBatches);
        Pipelines.map(ModelConfig.ofShape(shape), layout, () -> anyCosts(shape));
    }

    /**
     * The schedule.
     *
     * @return the schedule that the layout names
     */
    public Schedule schedule() {
        return schedule(layout, microBatches);
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    PipelineConfig pipeline() {
        return new PipelineConfig(schedule(), layout.checkpointing(), Summation.SEQUENCE, execution);
    }

    List<Device> devices() {
        return Collections.nCopies(layout.stages(), Device.CPU);
    }

    List<StageMemory> memory(DeviceMap map) {
        long labels = (long) microBatchSize * (length - 1);
        Workload workload = new Workload(microBatchSize, length, labels, false);
        return StageMemory.predict(model(), map, pipeline(), devices(), workload);
    }

    @Override
    public Job job() {
        return new Job(shape, model(), NumberType.FLOAT32, microBatches * microBatchSize, length, 0);
    }

    @Override
    public Layout spread() {
        return new Layout(1, layout, microBatches, threads);
    }

    /** The stages are measured in turn with one stage, which is there too. */
    @Override
    public long memoryBytes() {
        Layout one = new Layout(1, PipelineLayout.SINGLE, microBatches, threads);
        return HostMemory.needed(job(), spread()) + (layout.stages() == 1 ? 0 : HostMemory.needed(job(), one));
    }

    PipelineSetting withSplit(String split) {
        return new PipelineSetting(
                shape,
                layout.withSplit(split),
                microBatches,
                microBatchSize,
                length,
                threads,
                execution,
                warmup,
                steps);
    }

    private static StageCosts anyCosts(String shape) {
        Cost any = new Cost(1, 1, 1);
        return StageCosts.ofEqualLayers(ModelConfig.ofShape(shape).layers(), Cost.NONE, any, any, Cost.NONE);
    }

    private static Schedule schedule(PipelineLayout layout, int microBatches) {
        return Pipelines.schedule(layout, microBatches);
    }
}
