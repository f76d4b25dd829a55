package dev.trireme.parallel;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TinyModel;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What {@link SimulatorIT} runs in a process of its own: pipelines on devices of the native tests' simulator. It prints
 * a line for each: its name, then loss and norm of each step, and the loss of an evaluation.
 */
final class SimulatedDevices {
    private static final ModelConfig MODEL = ModelConfig.gpt2(4, 2, 16, 50, 12);
    private static final int MICRO_BATCHES = 4;
    private static final int STEPS = 3;

    private SimulatedDevices() {}

    /** Runs all; the argument is the simulator's library. */
    public static void main(String[] arguments) {
        NativeLibrary.load();
        NativeLibrary.setThreads(1);
        System.load(Path.of(arguments[0]).toAbsolutePath().toString());
        run("cpu", List.of("cpu"), "4", Schedules.oneForwardOneBackward(MICRO_BATCHES, 1));
        run("one", List.of("sim:0"), "4", Schedules.oneForwardOneBackward(MICRO_BATCHES, 1));
        run("two", List.of("sim:0", "sim:1"), "2,2", Schedules.oneForwardOneBackward(MICRO_BATCHES, 2));
        run("three", List.of("sim:3", "sim:1", "sim:2"), "1,1,2", Schedules.gPipe(MICRO_BATCHES, 3));
        run("four", List.of("sim:0", "sim:1", "sim:2", "sim:3"), "1,1,1,1", Schedules.zeroBubble(MICRO_BATCHES, 4));
        run("two again", List.of("sim:0", "sim:1"), "1,1,1,1", Schedules.interleaved(MICRO_BATCHES, 2, 2));
        notFinite();
    }

    private static Pipeline open(List<String> devices, String split, Schedule schedule) {
        Pipeline pipeline = Pipeline.open(
                MODEL,
                DeviceMap.ofSplit(MODEL.layers(), split),
                PipelineConfig.of(schedule),
                devices.stream().map(Device::parse).toList());
        pipeline.stages().forEach(stage -> stage.initialize(5));
        return pipeline;
    }

    private static List<MicroBatch> batch(int step) {
        return IntStream.range(0, MICRO_BATCHES)
                .mapToObj(i -> TinyModel.batch(step, 2, 2 * i))
                .toList();
    }

    private static void run(String name, List<String> devices, String split, Schedule schedule) {
        try (Pipeline pipeline = open(devices, split, schedule)) {
            List<Double> numbers = new ArrayList<>();
            for (int step = 1; step <= STEPS; step++) {
                List<MicroBatch> batch = batch(step);
                double weight =
                        batch.stream().mapToDouble(MicroBatch::weightSum).sum();
                numbers.add(pipeline.train(step, 7, batch, weight));
                numbers.add(pipeline.update(new OptimizerConfig(0.9, 0.999, 1e-8, 0.01, 0.5), 1e-2));
            }
            numbers.add(pipeline.evaluate(batch(9)));
            System.out.println(name + ": " + numbers);
        }
    }

    /** A weight that is infinite: the step changes nothing, says so, and others may follow. */
    private static void notFinite() {
        try (Pipeline pipeline =
                open(List.of("sim:0", "sim:1"), "2,2", Schedules.oneForwardOneBackward(MICRO_BATCHES, 2))) {
            Stage last = pipeline.stages().get(1);
            ByteBuffer broken = ByteBuffer.allocateDirect(4 * MODEL.hidden()).order(ByteOrder.LITTLE_ENDIAN);
            broken.putFloat(0, Float.POSITIVE_INFINITY);
            int index = IntStream.range(0, last.parameters().size())
                    .filter(i -> last.parameters().get(i).name().equals("ln_f.bias"))
                    .findFirst()
                    .orElseThrow();
            last.write(index, 0, broken);
            long before = pipeline.stages().get(0).checksum();
            pipeline.train(1, 7, batch(1), 1);
            try {
                pipeline.update(OptimizerConfig.adamW(), 1e-2);
                System.out.println("nothing thrown");
            } catch (EngineException e) {
                System.out.println("not finite: " + e.kind() + " "
                        + (before == pipeline.stages().get(0).checksum()));
            }
        }
    }
}
