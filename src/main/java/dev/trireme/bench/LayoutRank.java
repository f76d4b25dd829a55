package dev.trireme.bench;

import dev.trireme.config.Json;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.BackendKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ProcessGroup;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.parallel.Execution;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import dev.trireme.plan.Planner;
import dev.trireme.plan.ThisMachine;
import dev.trireme.schedule.Schedule;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
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
 *   round 1   costs of single stages │ layout 0: one step, two that count │ layout 1 │ …      all ranks meet before each turn;
 *   round 2   costs …                                                 a layout of one rank leaves the others waiting
 * </pre>
 *
 * <p>What a round predicts comes from the costs that this round measured: machines change their speed within minutes. After
 * each round rank 0 tells what there is so far.
 */
final class LayoutRank implements RankTask<LayoutSetting, LayoutTimes> {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-4;
    private static final int COUNTING_STEPS = 2;

    /** The others wait while rank 0 measures costs. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    @Override
    public Optional<LayoutTimes> run(LayoutSetting setting, RankEnvironment environment, Consumer<String> lines) {
        try (Rendezvous rendezvous = Rendezvous.setup(environment, PATIENCE)) {
            List<Turn> turns = new ArrayList<>();
            try {
                for (int i = 0; i < setting.layouts().size(); i++) {
                    rendezvous.agree("layout " + i, Map.of());
                    turns.add(Turn.of(setting, i, rendezvous));
                }
                Predictions predictions = new Predictions(setting, environment);
                for (int round = 0; round < setting.rounds(); round++) {
                    rendezvous.agree("costs of round " + round, Map.of());
                    predictions.add(round);
                    for (int i = 0; i < turns.size(); i++) {
                        rendezvous.agree("round " + round + ", layout " + i, Map.of());
                        turns.get(i).take();
                    }
                    if (environment.rank() == 0) {
                        lines.accept(Json.text(Json.WRITER, times(predictions, turns, round + 1)));
                    }
                }
                rendezvous.agree("end of the measurement", Map.of());
                return Optional.of(times(predictions, turns, setting.rounds()));
            } finally {
                turns.forEach(Turn::close);
            }
        }
    }

    private static LayoutTimes times(Predictions predictions, List<Turn> turns, int rounds) {
        return new LayoutTimes(
                rounds,
                predictions.seconds(),
                turns.stream().map(turn -> List.copyOf(turn.seconds)).toList(),
                turns.stream().map(Turn::bytes).toList(),
                PeakMemory.megabytes());
    }

    /** What rank 0 predicts, while the others wait. */
    private static final class Predictions {
        private final LayoutSetting setting;
        private final Optional<Path> folder;
        private final List<List<Double>> rounds = new ArrayList<>();

        Predictions(LayoutSetting setting, RankEnvironment environment) {
            this.setting = setting;
            boolean predicts = environment.rank() == 0 && !setting.costs().isEmpty();
            this.folder = predicts ? Optional.of(Path.of(setting.costs())) : Optional.empty();
        }

        void add(int round) {
            folder.ifPresent(costs -> {
                Machine machine = ThisMachine.measured(new CostMeter(costs), OutputStream.nullOutputStream()); // known
                String name = "process " + ProcessHandle.current().pid() + ", round " + round;
                CostMeter fresh = new CostMeter(costs.resolve(name));
                Planner planner = Planner.byMeasuring(setting.job(), machine, fresh, line -> {});
                rounds.add(setting.layouts().stream()
                        .map(layout -> planner.predict(layout).time().seconds())
                        .toList());
            });
        }

        /** By layout. */
        List<List<Double>> seconds() {
            return IntStream.range(0, setting.layouts().size())
                    .mapToObj(i -> rounds.stream().map(round -> round.get(i)).toList())
                    .toList();
        }
    }

    /** One layout's stages on this rank. */
    private static final class Turn implements AutoCloseable {
        private final Layout layout;
        private final List<MicroBatch> batches;
        private final Optional<Pipeline> pipeline; // nothing where this rank waits
        private final List<ProcessGroup> groups = new ArrayList<>();
        private Optional<ProcessGroup> scalars = Optional.empty();
        private final double weight;
        private final List<Double> seconds = new ArrayList<>();
        private int step;

        private Turn(Layout layout, List<MicroBatch> batches, Optional<Pipeline> pipeline) {
            this.layout = layout;
            this.batches = batches;
            this.pipeline = pipeline;
            this.weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum();
        }

        /** As {@link Replica} joins stages, but several layouts share the ranks' meeting point. */
        static Turn of(LayoutSetting setting, int number, Rendezvous rendezvous) {
            Layout layout = setting.layouts().get(number);
            int rank = rendezvous.environment().rank();
            List<MicroBatch> batches = batches(setting, layout, rank);
            Turn turn = new Turn(
                    layout, batches, rank < layout.ranks() ? Optional.of(pipeline(setting, layout)) : Optional.empty());
            if (layout.ranks() > 1) {
                turn.pipeline.ifPresent(own -> turn.join(own, "layout " + number, rendezvous));
            }
            return turn;
        }

        private void join(Pipeline own, String name, Rendezvous rendezvous) {
            for (Stage stage : own.stages()) {
                String ofStage = name + ", stage " + own.stages().indexOf(stage);
                rendezvous
                        .group(ofStage, BackendKind.of(stage.device()), Rendezvous.DEFAULT_TIMEOUT)
                        .ifPresent(group -> {
                            groups.add(group);
                            stage.gradients().join(group, Replica.BUCKET_BYTES, Reduction.OVERLAPPED);
                        });
            }
            scalars = rendezvous.group(name + ", numbers of a step", BackendKind.GLOO, Rendezvous.DEFAULT_TIMEOUT);
            scalars.ifPresent(groups::add);
        }

        void take() {
            NativeLibrary.setThreads(layout.threads());
            pipeline.ifPresent(own -> time(number -> {
                own.train(number, SEED, batches, weight);
                scalars.ifPresent(group -> group.sum(new double[2])); // label weights
                scalars.ifPresent(group -> group.sum(new double[layout.ranks()])); // losses
                own.update(OptimizerConfig.adamW(), LEARNING_RATE);
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
            return pipeline.map(Pipeline::stages).orElse(List.of()).stream()
                    .map(Stage::memoryBytes)
                    .toList();
        }

        @Override
        public void close() {
            pipeline.ifPresent(Pipeline::close);
            groups.forEach(ProcessGroup::close);
        }

        private static Pipeline pipeline(LayoutSetting setting, Layout layout) {
            Schedule schedule = Pipelines.schedule(layout.pipeline(), layout.microBatches());
            Pipeline pipeline = Pipeline.open(
                    setting.model(),
                    Pipelines.map(setting.model(), layout.pipeline()),
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
