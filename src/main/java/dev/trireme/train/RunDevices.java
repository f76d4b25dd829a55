package dev.trireme.train;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.TrainConfig;
import dev.trireme.cost.CostMeter;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.Workload;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.schedule.DeviceMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the devices of a host must be and have for a run, asked before a rank starts. */
final class RunDevices {
    private static final String CURE =
            "use more micro-batches, activation checkpointing, a smaller model or a machine with more";

    private RunDevices() {}

    /**
     * Refuses devices that are not there, or that ranks cannot share.
     *
     * @throws IllegalArgumentException naming the device and the cure
     */
    static void require(ParallelConfig parallel, int ranks) {
        String device = parallel.device();
        Device.requireTogether(IntStream.range(0, ranks)
                .mapToObj(rank -> Pipelines.devices(parallel, rank))
                .flatMap(List::stream)
                .toList());
        DeviceKind kind = DeviceKind.of(device);
        if (ranks > 1 && kind == DeviceKind.SIM) {
            throw new IllegalArgumentException("device is " + device + " for " + ranks
                    + " ranks, and each simulates devices that no other can reach; use worldSize 1, with stages");
        }
        boolean oneForAll = DeviceKind.ofStage(device, 1).equals(device);
        if (ranks > 1 && oneForAll && BackendKind.of(Device.parse(device)) == BackendKind.NCCL) {
            throw new IllegalArgumentException(
                    "device is " + device + " for all of " + ranks
                            + " ranks, and NCCL joins GPUs of their own; use device cuda, or worldSize 1 with more micro-batches");
        }
    }

    /**
     * Refuses stages that do not fit into the memory that is free: of the host, or of each device that has its own.
     *
     * @param work upper bound of the micro-batches
     * @throws IllegalArgumentException saying what is needed and free, and a setting that would fit, if there is one
     */
    static void requireMemory(RunConfig config, Workload work, int ranks) {
        ParallelConfig parallel = config.training().parallel();
        String sizes = "micro-batches of up to " + work.rows() + " × " + work.length() + " tokens";
        new Choice("", parallel, work).bytes(config, ranks).forEach((device, needed) -> {
            OptionalLong free = Memory.available(device);
            String what = device.hasOwnMemory()
                    ? "the stages on " + device + " with " + sizes
                    : "%d ranks × %d stages with %s"
                            .formatted(ranks, parallel.pipeline().stagesOfModel(), sizes);
            boolean fits = free.isEmpty() || needed <= free.getAsLong();
            Memory.require(what, needed, free, fits ? "" : cure(config, work, ranks, device));
        });
    }

    private static String cure(RunConfig config, Workload work, int ranks, Device device) {
        return choices(config, work)
                .filter(choice -> choice.fits(config, ranks))
                .findFirst()
                .map(choice -> String.format(
                        Locale.ROOT,
                        "use %s, which would take %.1f MB",
                        choice.name,
                        choice.bytes(config, ranks).getOrDefault(device, 0L) / 1e6))
                .orElse(CURE);
    }

    /** Measures a balanced split once, so that all ranks use the same one. */
    static TrainConfig balanced(ModelConfig model, TrainConfig training) {
        ParallelConfig parallel = training.parallel();
        PipelineLayout layout = parallel.pipeline();
        if (!layout.split().equals("balanced")) {
            return training;
        }
        int threads = parallel.threadsOf(Runtime.getRuntime().availableProcessors(), parallel.worldSize());
        int rows = Math.max(1, training.batchSize() / parallel.microBatches());
        Device device = Device.parse(parallel.deviceOf(0, 0));
        DeviceMap map = Pipelines.map(
                model, layout, () -> CostMeter.ofUser().costs(model, device, threads, rows, training.maxLength()));
        return training.withParallel(parallel.withPipeline(layout.withSplit(map.toString())));
    }

    /** What takes less memory, the least slow first. */
    private static Stream<Choice> choices(RunConfig config, Workload work) {
        ParallelConfig parallel = config.training().parallel();
        int rows = config.training().batchSize() / parallel.microBatches();
        List<Choice> more = IntStream.of(2, 4, 8, 16)
                .filter(times -> rows % times == 0)
                .mapToObj(times -> new Choice(
                        "microBatches " + parallel.microBatches() * times,
                        withMicroBatches(parallel, parallel.microBatches() * times),
                        cut(work, times)))
                .toList();
        if (parallel.pipeline().checkpointing() == ActivationCheckpointing.ALWAYS) {
            return more.stream();
        }
        Choice most = more.isEmpty() ? new Choice("", parallel, work) : more.get(more.size() - 1);
        return Stream.concat(
                more.stream(),
                Stream.of(
                        new Choice("checkpointActivations always", recomputing(parallel), work),
                        new Choice(
                                most.name + " with checkpointActivations always",
                                recomputing(most.parallel),
                                most.work)));
    }

    private static Workload cut(Workload work, int times) {
        int rows = (work.rows() + times - 1) / times;
        long labels = Math.min(work.labels(), (long) rows * (work.length() - 1));
        return new Workload(rows, work.length(), labels, work.documents(), work.evaluates());
    }

    private static ParallelConfig withMicroBatches(ParallelConfig parallel, int microBatches) {
        return new ParallelConfig(
                parallel.worldSize(),
                microBatches,
                parallel.threads(),
                parallel.device(),
                parallel.precision(),
                parallel.reduction(),
                parallel.timeoutSeconds(),
                parallel.pipeline());
    }

    private static ParallelConfig recomputing(ParallelConfig parallel) {
        PipelineLayout layout = parallel.pipeline();
        return parallel.withPipeline(new PipelineLayout(
                layout.stages(), layout.split(), layout.schedule(), layout.chunks(), ActivationCheckpointing.ALWAYS));
    }

    /** Settings by which the same batch could be trained, and what to call the difference. */
    private record Choice(String name, ParallelConfig parallel, Workload work) {
        /** What each device will hold. */
        Map<Device, Long> bytes(RunConfig config, int ranks) {
            Map<Device, Long> bytes = new LinkedHashMap<>();
            List<StageMemory> stages = List.of();
            for (int rank = 0; rank < ranks; rank++) {
                List<Device> devices = Pipelines.devices(parallel, rank);
                // Of rank 0 checkpoints are written, from a copy on the host.
                boolean copies = rank == 0
                        && config.training().recovery().writes()
                        && !devices.get(0).hasOwnMemory();
                if (rank <= 1) {
                    stages = StageMemory.predict(config.model(), parallel, work, copies);
                }
                for (int stage = 0; stage < stages.size(); stage++) {
                    bytes.merge(
                            devices.get(stage % devices.size()),
                            stages.get(stage).total(),
                            Long::sum);
                }
            }
            return bytes;
        }

        boolean fits(RunConfig config, int ranks) {
            return bytes(config, ranks).entrySet().stream().allMatch(entry -> {
                OptionalLong free = Memory.available(entry.getKey());
                return free.isEmpty() || entry.getValue() <= free.getAsLong();
            });
        }
    }
}
