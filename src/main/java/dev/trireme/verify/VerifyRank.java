package dev.trireme.verify;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.launch.Rendezvous;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.ReplicaConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A rank of a layout under verification. Rank 0 reports hashes of its weights after every step and writes the model.
 */
final class VerifyRank {
    private static final long SEED = 1234;
    private static final double LEARNING_RATE = 1e-3;
    private static final int HASH_BYTES = 16;

    /**
     * The settings of each rank.
     *
     * @param folder where rank 0 writes the model
     */
    record Setting(VerifyConfig config, Layout layout, String folder) {}

    /** The task of each rank. */
    static final class Task implements RankTask<Setting, Trace> {
        @Override
        public Optional<Trace> run(Setting setting, RankEnvironment environment, Consumer<String> lines) {
            return trained(setting, environment);
        }
    }

    private final VerifyConfig config;
    private final Replica replica;
    private final StageParameters parameters;
    private final List<List<String>> hashes = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();

    private VerifyRank(VerifyConfig config, Replica replica) {
        this.config = config;
        this.replica = replica;
        this.parameters = new StageParameters(replica.stages());
    }

    private static Optional<Trace> trained(Setting setting, RankEnvironment environment) {
        VerifyConfig config = setting.config();
        ParallelConfig parallel = config.parallel(setting.layout());
        NativeLibrary.setThreads(parallel.threads());
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT)) {
            Pipeline pipeline = Pipelines.open(config.model(), parallel, environment.localRank());
            pipeline.stages().forEach(stage -> stage.initialize(SEED));
            ReplicaConfig training = new ReplicaConfig(
                    new OptimizerConfig(0.9, 0.999, 1e-8, 0.01, 1),
                    SEED,
                    Rendezvous.DEFAULT_TIMEOUT,
                    parallel.reduction(),
                    Map.of("verify", config.toString()));
            try (Replica replica = Replica.open(pipeline, rendezvous, training)) {
                VerifyRank rank = new VerifyRank(config, replica);
                double tokensPerSecond = rank.train(environment.rank(), parallel.microBatchesOfRank());
                if (environment.rank() == 0) {
                    rank.save(Path.of(setting.folder()));
                }
                rendezvous.agree("end", Map.of());
                return Optional.of(rank.trace(tokensPerSecond));
            }
        }
    }

    /** @return tokens per second of the median step */
    private double train(int rank, int microBatches) {
        long[] nanos = new long[config.steps()];
        for (int step = 0; step < config.steps(); step++) {
            List<MicroBatch> all = batches(step);
            double globalWeight =
                    all.stream().mapToDouble(MicroBatch::weightSum).sum();
            List<MicroBatch> batches = all.subList(rank * microBatches, (rank + 1) * microBatches);
            long begin = System.nanoTime();
            losses.add(replica.step(step, batches, globalWeight, LEARNING_RATE).loss());
            nanos[step] = System.nanoTime() - begin;
            if (rank == 0) {
                hashes.add(IntStream.range(0, parameters.parameters().size())
                        .mapToObj(this::hash)
                        .toList());
            }
        }
        Arrays.sort(nanos);
        double tokens = (double) config.microBatches() * config.rows() * VerifyConfig.LENGTH;
        return tokens / nanos[nanos.length / 2] * 1e9;
    }

    private Trace trace(double tokensPerSecond) {
        List<String> names =
                parameters.parameters().stream().map(ParameterInfo::name).toList();
        return new Trace(names, hashes, losses, tokensPerSecond);
    }

    private void save(Path folder) {
        HuggingFaceConfig model = new HuggingFaceConfig(config.model(), SpecialTokens.NONE);
        HuggingFaceFolder.save(folder.resolve("model"), model, parameters, files -> {});
    }

    /** The micro-batches of the global batch, the same in every layout. */
    private List<MicroBatch> batches(int step) {
        return IntStream.range(0, config.microBatches())
                .mapToObj(number -> batch(step, number))
                .toList();
    }

    private MicroBatch batch(int step, int number) {
        Random random = new Random(step * 1_000_003L + number);
        int size = config.rows() * VerifyConfig.LENGTH;
        int vocabulary = config.model().vocabulary();
        int[] ids = random.ints(size, 0, vocabulary).toArray();
        float[] weights = new float[size];
        for (int i = 0; i < size; i++) {
            weights[i] = random.nextInt(3) / 2f; // some labels do not count
        }
        return new MicroBatch(ids, weights, config.rows(), VerifyConfig.LENGTH, (long) number * config.rows());
    }

    private String hash(int index) {
        int bytes = Math.toIntExact(parameters.parameters().get(index).count() * Float.BYTES);
        ByteBuffer values = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        parameters.read(index, values);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(values.clear());
            return HexFormat.of().formatHex(digest.digest(), 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
