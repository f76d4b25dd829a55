package dev.trireme.bench;

import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.MicroBatch;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Execution;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import dev.trireme.plan.Layout;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A rank that holds all layouts at once, so that they take turns within seconds and whatever else the machine does slows
 * all alike.
 *
 * <pre>
 *   round 1   layout 0: one step, two that count │ layout 1 │ …      all ranks meet before each turn;
 *   round 2   layout 0 …                                              a layout of one rank leaves the others waiting
 * </pre>
 */
final class LayoutRank implements RankTask<LayoutSetting, LayoutTimes> {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-4;
    private static final int COUNTING_STEPS = 2;

    @Override
    public Optional<LayoutTimes> run(LayoutSetting setting, RankEnvironment environment, Consumer<String> lines) {
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT)) {
            List<Turn> turns = new ArrayList<>();
            try {
                for (Layout layout : setting.layouts()) {
                    rendezvous.agree("layout " + turns.size(), Map.of());
                    turns.add(Turn.of(setting, layout, rendezvous));
                }
                for (int round = 0; round < setting.rounds(); round++) {
                    for (int i = 0; i < turns.size(); i++) {
                        rendezvous.agree("round " + round + ", layout " + i, Map.of());
                        turns.get(i).take();
                    }
                }
                rendezvous.agree("end of the measurement", Map.of());
                return Optional.of(new LayoutTimes(
                        turns.stream().map(turn -> List.copyOf(turn.seconds)).toList(),
                        turns.stream().map(Turn::bytes).toList(),
                        PeakMemory.megabytes()));
            } finally {
                turns.forEach(Turn::close);
            }
        }
    }

    /** One layout's stages on this rank. */
    private static final class Turn implements AutoCloseable {
        private final Layout layout;
        private final List<MicroBatch> batches;
        private final Optional<Pipeline> alone;
        private final Optional<Replica> replica;
        private final double weight;
        private final List<Double> seconds = new ArrayList<>();
        private int step;

        private Turn(Layout layout, List<MicroBatch> batches, Optional<Pipeline> alone, Optional<Replica> replica) {
            this.layout = layout;
            this.batches = batches;
            this.alone = alone;
            this.replica = replica;
            this.weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum() * layout.ranks();
        }

        static Turn of(LayoutSetting setting, Layout layout, Rendezvous rendezvous) {
            RankEnvironment environment = rendezvous.environment();
            List<MicroBatch> batches = batches(setting, layout, environment.rank());
            if (layout.ranks() == 1) {
                Optional<Pipeline> own =
                        environment.rank() == 0 ? Optional.of(pipeline(setting, layout)) : Optional.empty();
                return new Turn(layout, batches, own, Optional.empty());
            }
            ReplicaConfig training = new ReplicaConfig(
                    OptimizerConfig.adamW(),
                    SEED,
                    Rendezvous.DEFAULT_TIMEOUT,
                    Reduction.OVERLAPPED,
                    Map.of("bench", layout.toString()));
            Replica replica = Replica.open(pipeline(setting, layout), rendezvous, training);
            return new Turn(layout, batches, Optional.empty(), Optional.of(replica));
        }

        void take() {
            NativeLibrary.setThreads(layout.threads());
            replica.ifPresent(all -> time(number -> all.step(number, batches, weight, LEARNING_RATE)));
            alone.ifPresent(pipeline -> time(number -> {
                pipeline.train(number, SEED, batches, weight);
                pipeline.update(OptimizerConfig.adamW(), LEARNING_RATE);
            }));
        }

        private void time(Consumer<Integer> work) {
            work.accept(step++);
            for (int i = 0; i < COUNTING_STEPS; i++) {
                long begin = System.nanoTime();
                work.accept(step++);
                seconds.add((System.nanoTime() - begin) / 1e9);
            }
        }

        List<Long> bytes() {
            return alone.map(Pipeline::stages).or(() -> replica.map(Replica::stages)).orElse(List.of()).stream()
                    .map(Stage::memoryBytes)
                    .toList();
        }

        @Override
        public void close() {
            replica.ifPresent(Replica::close);
            alone.ifPresent(Pipeline::close);
        }

        private static Pipeline pipeline(LayoutSetting setting, Layout layout) {
            Schedule schedule = Pipelines.schedule(layout.pipeline(), layout.microBatches());
            Pipeline pipeline = Pipeline.open(
                    setting.model(),
                    DeviceMap.ofSplit(
                            setting.model().layers(), layout.pipeline().split()),
                    new PipelineConfig(
                            schedule, layout.pipeline().checkpointing(), Summation.SEQUENCE, Execution.EAGER),
                    Collections.nCopies(schedule.devices(), Device.CPU));
            pipeline.stages().forEach(stage -> stage.initialize(SEED));
            return pipeline;
        }

        private static List<MicroBatch> batches(LayoutSetting setting, Layout layout, int rank) {
            int rows = setting.rows() / layout.ranks() / layout.microBatches();
            int tokens = rows * setting.length();
            float[] weights = new float[tokens];
            Arrays.fill(weights, 1);
            int first = layout.ranks() == 1 ? 0 : rank * rows * layout.microBatches();
            return IntStream.range(0, layout.microBatches())
                    .mapToObj(number -> new MicroBatch(
                            BenchTokens.of(
                                    0, setting.model().vocabulary(), setting.length(), first + number * rows, rows),
                            weights,
                            rows,
                            setting.length(),
                            first + (long) number * rows))
                    .toList();
        }
    }
}
