package dev.trireme.cost;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.Mode;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.ModelSizes;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;
import dev.trireme.schedule.TaskKind;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Times micro-batches on four stages: the embedding alone, an attention, an MLP, the head alone. One thread is timed by its own
 * clock, which stands still while another program has its core.
 *
 * <pre>
 *   embedding ──▶ attention ──▶ MLP ──▶ head        forward, then back: gradients of inputs and of weights apart
 * </pre>
 */
final class CostRun {
    private static final long SEED = 1234;
    private static final int WARM_UP = 2;
    private static final int LEAST = WARM_UP + 3;
    private static final int MOST = WARM_UP + 20;
    private static final long ENOUGH_NANOS = 2_000_000_000;
    private static final int UPDATES = 6;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Of a micro-batch; and whether the calling thread alone computes, so that its own clock tells its work. */
    record Size(int rows, int length, boolean oneThread) {}

    private final List<Stage> chain;
    private final MicroBatch batch;
    private final LongSupplier clock;
    private final List<Map<TaskKind, List<Long>>> nanos;

    private CostRun(List<Stage> chain, MicroBatch batch, boolean oneThread) {
        this.chain = chain;
        this.batch = batch;
        this.clock = oneThread ? THREADS::getCurrentThreadCpuTime : System::nanoTime;
        this.nanos = chain.stream()
                .<Map<TaskKind, List<Long>>>map(stage -> new EnumMap<>(TaskKind.class))
                .toList();
    }

    static StageCosts measure(ModelConfig model, Device device, Size size) {
        return measureBusy(model, device, size, 1).parts();
    }

    /** Some runs at once, which begin each part together; the calling thread's figures stand for all. */
    static PartCosts measureBusy(ModelConfig model, Device device, Size size, int runs) {
        return Together.run(runs, together -> measure(model, device, size, together));
    }

    private static PartCosts measure(ModelConfig all, Device device, Size size, Together together) {
        ModelConfig model = all.withSizes(
                new ModelSizes(1, all.hidden(), all.vocabulary(), all.positions())); // the chain is all of it
        int end = 2;
        try (Stage embedding = open(model, new Part(0, 0, true, false), device);
                Stage attention = open(model, new Part(0, 1, false, false), device);
                Stage mlp = open(model, new Part(1, 2, false, false), device);
                Stage head = open(model, new Part(end, end, false, true), device)) {
            MicroBatch batch = batch(model, size.rows(), size.length());
            CostRun run = new CostRun(List.of(embedding, attention, mlp, head), batch, size.oneThread());
            run.all(together);
            UpdateCosts update = run.update(together);
            return new PartCosts(
                    StageCosts.ofEqualLayers(all.layers(), run.cost(0), run.cost(1), run.cost(2), run.cost(3)), update);
        }
    }

    private void all(Together together) {
        for (Stage stage : chain) {
            stage.initialize(SEED);
            stage.begin(0, SEED, MOST, batch.weightSum());
        }
        together.await();
        long start = System.nanoTime();
        for (int number = 0; number < MOST && (number < LEAST || System.nanoTime() - start < ENOUGH_NANOS); number++) {
            forwardAndBackward(number);
        }
        chain.forEach(Stage::dropMicroBatches);
    }

    /** Steps of one micro-batch each, of which only the end is timed. */
    private UpdateCosts update(Together together) {
        List<double[]> rates = new ArrayList<>();
        double parameters = chain.stream().mapToDouble(CostRun::parameters).sum();
        Stage first = chain.get(0);
        Stage last = chain.get(chain.size() - 1);
        double tied = parameters(first);
        for (int step = 1; step <= UPDATES; step++) {
            for (Stage stage : chain) {
                stage.begin(step, SEED, 1, batch.weightSum());
            }
            forwardAndBackward(0);
            together.await();
            double add = seconds(() -> first.gradients().addTied(last.gradients())) / tied;
            chain.forEach(stage -> stage.gradients().await());
            double take = seconds(() -> last.gradients().takeTied(first.gradients())) / tied;
            double norm = seconds(() -> chain.forEach(stage -> stage.gradients().measure())) / parameters;
            for (int stage = 1; stage < chain.size(); stage++) {
                chain.get(stage).gradients().takeSquares(chain.get(stage - 1).gradients());
            }
            chain.forEach(stage -> stage.gradients().takeSquares(last.gradients()));
            double apply =
                    seconds(() -> chain.forEach(stage -> stage.gradients().update(OptimizerConfig.adamW(), 0)))
                            / parameters;
            rates.add(new double[] {norm, apply, add, take});
        }
        together.await();
        return new UpdateCosts(median(rates, 0), median(rates, 1), median(rates, 2), median(rates, 3));
    }

    private static double median(List<double[]> rates, int column) {
        double[] values = rates.stream()
                .skip(1) // makes the optimizer's state
                .mapToDouble(rate -> rate[column])
                .sorted()
                .toArray();
        return values[values.length / 2];
    }

    private double seconds(Runnable work) {
        long start = clock.getAsLong();
        work.run();
        return (clock.getAsLong() - start) / 1e9;
    }

    private static double parameters(Stage stage) {
        return ParameterInfo.count(stage.parameters());
    }

    private void forwardAndBackward(int number) {
        for (int i = 0; i < chain.size(); i++) {
            int index = i;
            time(index, TaskKind.FORWARD, stage -> {
                stage.load(number, batch);
                if (index > 0) {
                    stage.takeInput(number, chain.get(index - 1));
                }
                stage.forward(number, Mode.TRAIN);
            });
        }
        for (int index = chain.size() - 1; index >= 0; index--) {
            time(index, TaskKind.BACKWARD, stage -> stage.backwardInput(number));
            time(index, TaskKind.WEIGHT, stage -> stage.backwardWeight(number));
        }
    }

    private void time(int index, TaskKind kind, Consumer<Stage> work) {
        Stage stage = chain.get(index);
        long start = clock.getAsLong();
        work.accept(stage);
        stage.synchronize();
        times(index, kind).add(clock.getAsLong() - start);
    }

    private Cost cost(int index) {
        return new Cost(
                medianSeconds(index, TaskKind.FORWARD),
                medianSeconds(index, TaskKind.BACKWARD),
                medianSeconds(index, TaskKind.WEIGHT));
    }

    private double medianSeconds(int index, TaskKind kind) {
        long[] values = times(index, kind).stream()
                .skip(WARM_UP)
                .mapToLong(Long::longValue)
                .sorted()
                .toArray();
        return values[values.length / 2] / 1e9;
    }

    private List<Long> times(int index, TaskKind kind) {
        return nanos.get(index).computeIfAbsent(kind, none -> new ArrayList<>());
    }

    private static Stage open(ModelConfig model, Part part, Device device) {
        return Stage.open(model, part, device, Weights.TRAINABLE);
    }

    private static MicroBatch batch(ModelConfig model, int rows, int length) {
        int[] ids = new Random(SEED)
                .ints((long) rows * length, 0, model.vocabulary())
                .toArray();
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        return new MicroBatch(ids, weights, rows, length, 0);
    }
}
