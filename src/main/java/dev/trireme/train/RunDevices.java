package dev.trireme.train;

import dev.trireme.config.DeviceKind;
import dev.trireme.config.ParallelConfig;
import dev.trireme.cost.StageMemory;
import dev.trireme.cost.Workload;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.Memory;
import dev.trireme.parallel.Pipelines;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
     * @param first what each stage of rank 0 will hold
     * @param others what those of another rank will
     */
    static void requireMemory(
            ParallelConfig parallel, Workload work, int ranks, List<StageMemory> first, List<StageMemory> others) {
        Map<Device, Long> bytes = new LinkedHashMap<>();
        for (int rank = 0; rank < ranks; rank++) {
            List<Device> devices = Pipelines.devices(parallel, rank);
            // What checkpoints are written from is on the host.
            List<StageMemory> stages = rank == 0 && !devices.get(0).hasOwnMemory() ? first : others;
            for (int stage = 0; stage < stages.size(); stage++) {
                bytes.merge(
                        devices.get(stage % devices.size()), stages.get(stage).total(), Long::sum);
            }
        }
        String sizes = "micro-batches of up to " + work.rows() + " × " + work.length() + " tokens";
        bytes.forEach((device, needed) -> Memory.require(
                device.hasOwnMemory()
                        ? "the stages on " + device + " with " + sizes
                        : "%d ranks × %d stages with %s".formatted(ranks, first.size(), sizes),
                needed,
                Memory.available(device),
                CURE));
    }
}
