package dev.trireme.parallel;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.engine.Device;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Simulator;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TinyModel;
import dev.trireme.generate.SimulatedGeneration;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

    /** Runs all; the argument is the folder of the simulator's libraries. */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        NativeLibrary.load();
        NativeLibrary.setThreads(1);
        Simulator.load(Path.of(arguments[0]));
        run("cpu", List.of("cpu"), "4", Schedules.oneForwardOneBackward(MICRO_BATCHES, 1));
        run("one", List.of("sim:0"), "4", Schedules.oneForwardOneBackward(MICRO_BATCHES, 1));
        run("two", List.of("sim:0", "sim:1"), "2,2", Schedules.oneForwardOneBackward(MICRO_BATCHES, 2));
        run("three", List.of("sim:3", "sim:1", "sim:2"), "1,1,2", Schedules.gPipe(MICRO_BATCHES, 3));
        run("four", List.of("sim:0", "sim:1", "sim:2", "sim:3"), "1,1,1,1", Schedules.zeroBubble(MICRO_BATCHES, 4));
        run("two again", List.of("sim:0", "sim:1"), "1,1,1,1", Schedules.interleaved(MICRO_BATCHES, 2, 2));
        waits();
        replicas("replicas of one stage", 1);
        replicas("replicas of two stages", 2);
        notFinite();
        several();
        outOfMemory();
        SimulatedGeneration.run();
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

    private static OptimizerConfig clipped() {
        return new OptimizerConfig(0.9, 0.999, 1e-8, 0.01, 0.5);
    }

    /** How often the host waits in a step, which `train` and `update` end by a wait of their own each. */
    private static void waits() {
        try (Pipeline pipeline =
                open(List.of("sim:0", "sim:1"), "2,2", Schedules.oneForwardOneBackward(MICRO_BATCHES, 2))) {
            List<Long> counts = new ArrayList<>();
            for (int step = 1; step <= 3; step++) {
                long before = Simulator.waits();
                pipeline.issue(step, 7, batch(step), 100);
                pipeline.updated(clipped(), 1e-2, MICRO_BATCHES);
                counts.add(Simulator.waits() - before);
            }
            System.out.println("waits: " + counts);
            System.out.println("timed tasks: "
                    + pipeline.stages().stream()
                            .map(stage -> stage.taskNanos().length / 2)
                            .toList());
        }
    }

    /** Two replicas, each a thread with half of the micro-batches; what both say of the steps that "one" takes. */
    private static void replicas(String name, int stages) throws InterruptedException, ExecutionException {
        List<List<ProcessGroup>> groups =
                IntStream.range(0, stages).mapToObj(stage -> Simulator.ranks(2)).toList();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<List<Double>>> ranks = IntStream.range(0, 2)
                    .mapToObj(rank -> threads.submit(() -> replica(rank, stages, groups)))
                    .toList();
            List<Double> first = ranks.get(0).get(), second = ranks.get(1).get();
            List<Double> both = new ArrayList<>();
            for (int i = 0; i < 2 * STEPS; i += 2) {
                both.add(first.get(i) + second.get(i));
                both.add(first.get(i + 1));
            }
            System.out.println(name + ": " + both);
            boolean equal = first.subList(2 * STEPS, first.size()).equals(second.subList(2 * STEPS, second.size()));
            System.out.println(name + " are equal: " + equal);
        } finally {
            threads.shutdown();
        }
    }

    private static List<Double> replica(int rank, int stages, List<List<ProcessGroup>> groups) {
        int share = MICRO_BATCHES / 2;
        List<String> devices = IntStream.range(0, stages)
                .mapToObj(stage -> "sim:" + (stages * rank + stage))
                .toList();
        try (Pipeline pipeline =
                open(devices, stages == 1 ? "4" : "2,2", Schedules.oneForwardOneBackward(share, stages))) {
            for (int stage = 0; stage < stages; stage++) {
                pipeline.stages().get(stage).gradients().join(groups.get(stage).get(rank), 4096, Reduction.OVERLAPPED);
            }
            List<Double> numbers = new ArrayList<>();
            for (int step = 1; step <= STEPS; step++) {
                List<MicroBatch> batch = batch(step);
                double weight =
                        batch.stream().mapToDouble(MicroBatch::weightSum).sum();
                pipeline.issue(step, 7, batch.subList(share * rank, share * (rank + 1)), weight / 2);
                Pipeline.Numbers ended = pipeline.updated(clipped(), 1e-2, share);
                numbers.add(ended.loss());
                numbers.add(ended.norm());
            }
            pipeline.stages().forEach(stage -> numbers.add((double) stage.checksum()));
            return numbers;
        }
    }

    private static void several() {
        try (Stage first = Stage.open(MODEL, 0, 2, Device.CPU);
                Stage second = Stage.open(MODEL, 2, 4, Device.parse("sim:0"))) {
            Pipeline.of(List.of(first, second), PipelineConfig.of(Schedules.gPipe(MICRO_BATCHES, 2)));
            System.out.println("nothing thrown");
        } catch (IllegalArgumentException e) {
            System.out.println("several: " + e.getMessage());
        }
    }

    /** A device that is full: the step fails as others do, and when there is memory again, one may follow. */
    private static void outOfMemory() {
        try (Pipeline pipeline = open(List.of("sim:6"), "4", Schedules.gPipe(MICRO_BATCHES, 1))) {
            Simulator.leave(6, 4096);
            try {
                pipeline.train(1, 7, batch(1), 100);
                System.out.println("nothing thrown");
            } catch (PipelineException e) {
                String kind = e.getCause() instanceof EngineException cause
                        ? cause.kind().toString()
                        : "no kind";
                System.out.println("full: " + kind + " " + e.getMessage());
            }
            Simulator.leave(6, 1L << 30);
            System.out.println("goes on: " + Double.isFinite(pipeline.train(1, 7, batch(1), 100)));
        }
    }

    private static void run(String name, List<String> devices, String split, Schedule schedule) {
        try (Pipeline pipeline = open(devices, split, schedule)) {
            List<Double> numbers = new ArrayList<>();
            for (int step = 1; step <= STEPS; step++) {
                List<MicroBatch> batch = batch(step);
                double weight =
                        batch.stream().mapToDouble(MicroBatch::weightSum).sum();
                numbers.add(pipeline.train(step, 7, batch, weight));
                numbers.add(pipeline.update(clipped(), 1e-2));
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
