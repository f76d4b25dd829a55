package dev.trireme.plan;

import dev.trireme.batching.BatchLimits;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Summation;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.Workload;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.parallel.Execution;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Stages;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What the devices of a rank hold. In float32 it is {@link StageMemory}'s count to the byte, which is also what a run is
 * refused by; other types, which this version does not train in, scale its parts.
 *
 * <pre>
 *              weights  gradients  optimizer   activations  logits
 *   float32       4         4          8            4          4     bytes a number
 *   16 bits       2         2         12            2          4     the optimizer keeps float32 weights too
 * </pre>
 */
final class MemoryModel {
    private static final int FLOAT32 = 4;
    private static final int MOMENTS = 2 * FLOAT32;

    private final Job job;
    private final boolean gpus;
    private final Map<Object, List<DeviceBytes>> known = new HashMap<>();

    /** Two layouts that hold the same. */
    private record Key(String split, int stages, String schedule, int microBatches, int rows, Object checkpointing) {}

    MemoryModel(Job job, boolean gpus) {
        this.job = job;
        this.gpus = gpus;
    }

    /** Of each device of a rank. */
    List<DeviceBytes> of(Layout layout, DeviceMap map) {
        int rows = rowsOf(layout);
        Key key = new Key(
                map.toString(),
                layout.pipeline().stages(),
                layout.pipeline().schedule(),
                enoughMicroBatches(layout),
                rows,
                layout.pipeline().checkpointing());
        return known.computeIfAbsent(
                key, none -> job.trains() ? training(layout, map, rows) : generation(layout, map, rows));
    }

    /** Of a micro-batch, or the most prompts of a group. */
    int rowsOf(Layout layout) {
        int parts = layout.ranks() * layout.microBatches();
        return (job.rows() + parts - 1) / parts;
    }

    /** Where a backward pass follows each forward pass, more than fill the pipeline are never held at once. */
    private static int enoughMicroBatches(Layout layout) {
        PipelineLayout pipeline = layout.pipeline();
        boolean oneForOne =
                pipeline.schedule().equals("1f1b") || pipeline.schedule().equals("zero-bubble");
        int fill = pipeline.stages() + 1;
        boolean even = pipeline.checkpointing() != ActivationCheckpointing.EXCEPT_LAST;
        return oneForOne && even ? Math.min(layout.microBatches(), fill) : layout.microBatches();
    }

    private List<DeviceBytes> training(Layout layout, DeviceMap map, int rows) {
        PipelineLayout pipeline = layout.pipeline();
        Schedule schedule = Pipelines.schedule(pipeline, enoughMicroBatches(layout));
        List<Device> devices =
                IntStream.range(0, schedule.devices()).mapToObj(this::device).toList();
        long labels = (long) rows * (job.length() - 1);
        List<StageMemory> totals = StageMemory.predict(
                job.model(),
                map,
                new PipelineConfig(schedule, pipeline.checkpointing(), Summation.SEQUENCE, Execution.EAGER),
                devices,
                new Workload(rows, job.length(), labels, false));
        List<Long> parameters = parameters(map);
        List<DeviceBytes> stages = new ArrayList<>();
        for (int stage = 0; stage < totals.size(); stage++) {
            boolean last = stage == totals.size() - 1;
            long logits = last ? logits(pipeline, schedule, labels) : 0;
            stages.add(parts(totals.get(stage).total(), parameters.get(stage), logits));
        }
        return perDevice(stages, schedule.devices());
    }

    private long logits(PipelineLayout pipeline, Schedule schedule, long labels) {
        int held = schedule.liveMicroBatches(
                schedule.stages() - 1,
                microBatch -> pipeline.checkpointing().appliesTo(microBatch, schedule.microBatches()));
        return Math.max(1, held) * labels * job.model().vocabulary() * FLOAT32;
    }

    private DeviceBytes parts(long total, long parameters, long logits) {
        long activations = Math.max(0, total - parameters * (2 * FLOAT32 + MOMENTS) - logits);
        if (job.type() == NumberType.FLOAT32) {
            return new DeviceBytes(
                    parameters * FLOAT32, parameters * FLOAT32, parameters * MOMENTS, activations, logits, 0);
        }
        long bytes = job.type().bytes();
        return new DeviceBytes(
                parameters * bytes,
                parameters * bytes,
                parameters * (MOMENTS + FLOAT32),
                activations * bytes / FLOAT32,
                logits,
                0);
    }

    private List<DeviceBytes> generation(Layout layout, DeviceMap map, int rows) {
        Weights weights = job.type() == NumberType.FLOAT32 ? Weights.FLOAT32 : Weights.BFLOAT16;
        List<Stage> stages = Stages.dryRun(
                job.model(), map, stage -> device(stage % layout.pipeline().stages()), weights);
        try {
            long tokens = Math.min((long) rows * job.length(), PASS_TOKENS);
            long numbers = tokens
                    * (3L * job.model().hidden()
                            + 2L * job.model().architecture().mlp().columns());
            List<DeviceBytes> bytes = new ArrayList<>();
            for (Stage stage : stages) {
                long blocks = BatchLimits.blocksFor(job.length() + job.newTokens());
                long cache = (long) layout.microBatches() * rows * blocks * stage.blockBytes(CacheType.FLOAT32);
                long logits = bytes.size() == stages.size() - 1
                        ? 4L * rows * job.model().vocabulary()
                        : 0;
                long narrow = job.type() == NumberType.FLOAT16 ? 2 : 1; // nobody else keeps float32 keys there
                bytes.add(new DeviceBytes(stage.memoryBytes(), 0, 0, 4 * numbers, logits, cache / narrow));
            }
            return perDevice(bytes, layout.pipeline().stages());
        } finally {
            stages.forEach(Stage::close);
        }
    }

    private static final long PASS_TOKENS = 512; // of prompts that go through the stages at once

    /** Of each stage. */
    List<Long> parameters(DeviceMap map) {
        List<Stage> stages = Stages.dryRun(job.model(), map, stage -> Device.CPU);
        try {
            return stages.stream()
                    .map(stage -> ParameterInfo.count(stage.parameters()))
                    .toList();
        } finally {
            stages.forEach(Stage::close);
        }
    }

    private Device device(int number) {
        return gpus ? new Device(DeviceKind.CUDA, number) : Device.CPU;
    }

    private static List<DeviceBytes> perDevice(List<DeviceBytes> stages, int devices) {
        return IntStream.range(0, devices)
                .mapToObj(device -> IntStream.iterate(device, stage -> stage < stages.size(), stage -> stage + devices)
                        .mapToObj(stages::get)
                        .reduce(DeviceBytes.NONE, DeviceBytes::plus))
                .toList();
    }
}
