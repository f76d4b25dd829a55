package dev.trireme.bench;

import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Device;
import dev.trireme.engine.MicroBatch;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import dev.trireme.machine.Machine;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import dev.trireme.parallel.StepResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** One rank of a measurement, started by {@link DataParallelBench}; rank 0 writes the result. */
public final class BenchRank {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-4;
    private static final int GEMM_REPETITIONS = 5;

    private final BenchConfig config;
    private final RankEnvironment environment;

    private BenchRank(BenchConfig config, RankEnvironment environment) {
        this.config = config;
        this.environment = environment;
    }

    /**
     * Takes part in a measurement.
     *
     * @param arguments the configuration as JSON, and the file for the result
     * @throws IOException when the result cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        BenchConfig config = JsonRecord.read(arguments[0], BenchConfig.class);
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        BenchResult result = new BenchRank(config, environment).run();
        if (environment.rank() == 0) {
            Files.writeString(Path.of(arguments[1]), result.toJson());
        }
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
            long begin = System.nanoTime();
            StepResult result = replica.step(step, List.of(batches.get(step)), LEARNING_RATE);
            stepMillis[step] = (System.nanoTime() - begin) / 1e6;
            waitMillis[step] = result.communicationWaitNanos() / 1e6;
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
