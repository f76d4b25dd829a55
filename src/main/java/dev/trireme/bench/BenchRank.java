package dev.trireme.bench;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
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
        ModelConfig model = config.model();
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT)) {
            Stage stage = Stage.open(model, 0, model.layers(), Device.CPU);
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

    private BenchResult measure(Replica replica) {
        int total = config.warmup() + config.steps();
        List<MicroBatch> batches =
                IntStream.range(0, total).mapToObj(this::batch).toList();
        double[] losses = new double[total];
        double[] stepMillis = new double[total];
        double[] waitMillis = new double[total];
        for (int step = 0; step < total; step++) {
            double globalWeight =
                    batches.get(step).weightSum() * config.worldSize(); // all ranks have equally many rows
            long begin = System.nanoTime();
            StepResult result = replica.step(step, List.of(batches.get(step)), globalWeight, LEARNING_RATE);
            stepMillis[step] = (System.nanoTime() - begin) / 1e6;
            waitMillis[step] = result.times().exposedCommunicationNanos() / 1e6;
            losses[step] = result.loss();
        }
        Spread steps = measured(stepMillis);
        double gemmMillis = gemmSeconds() * 1e3;
        double tokens = (double) config.batch() * config.length();
        return new BenchResult(
                "data-parallel",
                config.shape(),
                config.worldSize(),
                config.threads(),
                config.batch(),
                config.length(),
                config.steps(),
                config.reduction().toString(),
                tokens / steps.median() * 1e3,
                steps,
                measured(waitMillis).median(),
                losses[0],
                losses[total - 1],
                gemmMillis / steps.median(),
                tokens / gemmMillis * 1e3,
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

    private Spread measured(double[] ofAllSteps) {
        return Spread.of(Arrays.copyOfRange(ofAllSteps, config.warmup(), ofAllSteps.length));
    }

    private double gemmSeconds() {
        return StepGemms.seconds(
                StepGemms.of(config.model(), config.rowsPerRank() * config.length()),
                (rows, inner, columns) -> NativeLibrary.gemmSeconds(rows, inner, columns, GEMM_REPETITIONS));
    }
}
