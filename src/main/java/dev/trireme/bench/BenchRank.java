package dev.trireme.bench;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.data.Prefetcher;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.machine.Machine;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import dev.trireme.parallel.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A rank of a measurement, started by {@link DataParallelBench}. */
final class BenchRank {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-4;
    private static final int BATCHES_AHEAD = 4;
    private static final int GEMM_REPETITIONS = 5;

    /** The task of each rank. */
    static final class Task implements RankTask<BenchConfig, BenchResult> {
        @Override
        public Optional<BenchResult> run(BenchConfig config, RankEnvironment environment, Consumer<String> lines) {
            return Optional.of(new BenchRank(config, environment).run());
        }
    }

    private final BenchConfig config;
    private final RankEnvironment environment;

    private BenchRank(BenchConfig config, RankEnvironment environment) {
        this.config = config;
        this.environment = environment;
    }

    private BenchResult run() {
        NativeLibrary.setThreads(config.threads());
        config.device().use();
        ModelConfig model = config.model();
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT)) {
            Stage stage = Stage.open(model, 0, model.layers(), device());
            stage.initialize(SEED);
            ReplicaConfig training = new ReplicaConfig(
                    OptimizerConfig.adamW(),
                    SEED,
                    Rendezvous.DEFAULT_TIMEOUT,
                    config.reduction(),
                    Map.of("bench", config.toString()));
            try (Replica replica = Replica.open(Pipeline.alone(stage, 1), rendezvous, training)) {
                BenchResult result = measure(replica);
                rendezvous.agree("end of the measurement", Map.of()); // so that no rank has the machine to itself
                return result;
            }
        }
    }

    private Device device() {
        return config.device().of(environment.localRank());
    }

    private BenchResult measure(Replica replica) {
        int total = config.warmup() + config.steps() * config.epochs();
        List<Double> losses = new ArrayList<>();
        double tokens = (double) config.batch() * config.length();
        try (Prefetcher<MicroBatch> batches = new Prefetcher<>(
                IntStream.range(0, total).mapToObj(this::batch).iterator(), BATCHES_AHEAD, "batches ahead")) {
            EpochMeter<MicroBatch> meter = new EpochMeter<>(
                    batches,
                    (number, batch) -> {
                        double globalWeight =
                                batch.weightSum() * config.worldSize(); // all ranks have equally many rows
                        StepResult result = replica.step(number, List.of(batch), globalWeight, LEARNING_RATE);
                        losses.add(result.loss());
                        return result.times().exposedCommunicationNanos();
                    },
                    HostCounters::now);
            meter.warmUp(config.warmup());
            IntStream.range(0, config.epochs()).forEach(epoch -> meter.epoch(config.steps(), tokens));
            return result(meter, losses, tokens);
        }
    }

    private BenchResult result(EpochMeter<MicroBatch> meter, List<Double> losses, double tokens) {
        Spread steps = Spread.of(meter.stepMillis());
        double gemmMillis = gemmSeconds() * 1e3;
        return new BenchResult(
                "data-parallel",
                config.shape(),
                config.worldSize(),
                config.threads(),
                config.batch(),
                config.length(),
                config.steps() * config.epochs(),
                config.reduction().toString(),
                config.device().toString(),
                tokens / steps.median() * 1e3,
                steps,
                Spread.of(meter.waitMillis()).median(),
                losses.get(0),
                losses.get(losses.size() - 1),
                gemmMillis / steps.median(),
                tokens / gemmMillis * 1e3,
                meter.epochs(),
                Machine.here());
    }

    private MicroBatch batch(int step) {
        int rows = config.rowsPerRank();
        int firstRow = environment.rank() * rows;
        int[] ids = BenchTokens.of(step, config.model().vocabulary(), config.length(), firstRow, rows);
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        return new MicroBatch(ids, weights, rows, config.length(), firstRow);
    }

    private double gemmSeconds() {
        return StepGemms.seconds(
                StepGemms.of(config.model(), config.rowsPerRank() * config.length()),
                (rows, inner, columns) -> NativeLibrary.gemmSeconds(device(), rows, inner, columns, GEMM_REPETITIONS));
    }
}
