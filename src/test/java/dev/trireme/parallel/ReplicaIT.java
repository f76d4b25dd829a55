package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TinyModel;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.Rendezvous;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks are threads here, with real Gloo sockets between them. */
@Timeout(120)
class ReplicaIT {
    private static final int STEPS = 5;
    private static final int ROWS = 4;
    private static final int LABELS = 7; // of a row of TinyModel.batch

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Reduction.class)
    void twoRanksWithHalfTheBatchEachLearnLikeOneWithTheWhole(Reduction reduction) {
        List<Run> alone = train(1, reduction, 1, 1);
        List<Run> both = train(2, reduction, 1, 1);

        assertThat(both.get(0).checksums()).isEqualTo(both.get(1).checksums()).doesNotHaveDuplicates();
        assertThat(both.get(0).losses()).isEqualTo(both.get(1).losses());
        for (int step = 0; step < STEPS; step++) {
            assertThat(both.get(0).losses().get(step))
                    .isCloseTo(alone.get(0).losses().get(step), within(1e-5));
        }
        assertThat(both.get(0).evaluation().loss())
                .isCloseTo(alone.get(0).evaluation().loss(), within(1e-5));
        assertThat(both.get(0).evaluation().weightSum())
                .isEqualTo(alone.get(0).evaluation().weightSum());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void microBatchesAddUpToTheBatch(int microBatches) {
        List<Double> whole = train(1, Reduction.OVERLAPPED, 1, 1).get(0).losses();
        List<Double> pieces =
                train(1, Reduction.OVERLAPPED, microBatches, 1).get(0).losses();

        for (int step = 0; step < STEPS; step++) {
            assertThat(pieces.get(step)).isCloseTo(whole.get(step), within(1e-5));
        }
    }

    @Test
    void theRankWhoseLossIsNotANumberIsNamedOnAllAndNoWeightChanges() {
        List<String> ends = run(2, rank -> {
            try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                    Replica replica = Replica.open(alone(TinyModel.open()), rendezvous, config(Reduction.OVERLAPPED))) {
                if (rank == 1) {
                    poison(replica.stages().get(0));
                }
                long before = replica.stages().get(0).checksum();
                try {
                    replica.step(7, List.of(TinyModel.batch(1, 2, 2 * rank)), 2 * 2 * LABELS, 1e-3);
                    return "no error";
                } catch (EngineException e) {
                    return e.kind() + " " + e.getMessage() + " "
                            + (replica.stages().get(0).checksum() == before);
                }
            }
        });

        assertThat(ends)
                .allMatch(end -> end.startsWith(Kind.NOT_FINITE + " the loss of step 7 is not finite on ranks [1]")
                        && end.endsWith(" true"));
    }

    @Test
    void aStepThatIsNotFiniteNamesTheParameterIsDroppedAndAnotherFollowsAsIfItHadNotBeen() throws IOException {
        for (Reduction reduction : List.of(Reduction.OVERLAPPED, Reduction.TREE)) {
            List<String> ends = run(2, rank -> {
                try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                        Replica replica = Replica.open(alone(TinyModel.open()), rendezvous, config(reduction))) {
                    Stage stage = replica.stages().get(0);
                    poison(stage);
                    String message = "";
                    try {
                        replica.step(1, List.of(TinyModel.batch(1, 2, 2 * rank)), 2 * 2 * LABELS, 1e-3);
                    } catch (EngineException e) {
                        message = e.getMessage();
                    }
                    stage.initialize(1);
                    replica.step(2, List.of(TinyModel.batch(2, 2, 2 * rank)), 2 * 2 * LABELS, 1e-3);
                    return message + " " + stage.checksum() + " "
                            + stage.state().updates();
                }
            });
            Files.delete(folder.resolve("port2")); // of ranks that are gone
            String unharmed = run(2, rank -> {
                        try (Rendezvous rendezvous =
                                        Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                                Replica replica =
                                        Replica.open(alone(TinyModel.open()), rendezvous, config(reduction))) {
                            replica.step(2, List.of(TinyModel.batch(2, 2, 2 * rank)), 2 * 2 * LABELS, 1e-3);
                            return Long.toString(replica.stages().get(0).checksum());
                        }
                    })
                    .get(0);
            Files.delete(folder.resolve("port2"));
            assertThat(ends)
                    .allMatch(end ->
                            end.startsWith("the loss of step 1 is not finite on ranks [0, 1], nor is the gradient of ")
                                    && end.endsWith(" " + unharmed + " 1"));
        }
    }

    @Test
    void allRanksLearnAtTheSameStepThatOneIsToEnd() {
        List<List<Boolean>> ends = run(2, rank -> {
            try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                    Replica replica = Replica.open(alone(TinyModel.open()), rendezvous, config(Reduction.OVERLAPPED))) {
                List<Boolean> ending = new ArrayList<>();
                for (int step = 1; step <= 3; step++) {
                    if (rank == 1 && step == 2) {
                        replica.requestEnd();
                    }
                    replica.step(step, List.of(TinyModel.batch(step, 2, 2 * rank)), 2 * 2 * LABELS, 1e-3);
                    ending.add(replica.isToEnd());
                }
                return ending;
            }
        });
        assertThat(ends).containsExactly(List.of(false, true, true), List.of(false, true, true));
    }

    @Test
    void ranksWithOtherWeightsAreRefusedBeforeTheFirstSum() {
        List<String> ends = run(2, rank -> {
            Stage stage = TinyModel.open();
            stage.initialize(rank);
            try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                    Replica replica = Replica.open(alone(stage), rendezvous, config(Reduction.OVERLAPPED))) {
                return "joined " + replica.stages().get(0);
            } catch (IllegalArgumentException e) {
                return String.valueOf(e.getMessage());
            }
        });

        assertThat(ends).allMatch(end -> end.startsWith("hash of the weights differs between ranks: "));
    }

    @Test
    void aStepWithoutMicroBatchesOrWithoutLabelsIsTheCallersFault() {
        try (Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), Rendezvous.DEFAULT_TIMEOUT);
                Replica replica = Replica.open(alone(TinyModel.open()), alone, config(Reduction.OVERLAPPED))) {
            MicroBatch unlabelled = new MicroBatch(new int[4], new float[4], 1, 4, 0);
            assertThatThrownBy(() -> replica.step(3, List.of(), 7, 1e-3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("step 3 has no micro-batch on rank 0");
            assertThatThrownBy(() -> replica.step(3, List.of(unlabelled), 0, 1e-3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("label");
        }
    }

    @Test
    void aWeightThatIsNotTheGlobalBatchsIsRefusedOnEveryRankAndNoWeightOfTheModelChanges() {
        List<String> ends = run(2, rank -> {
            try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), Rendezvous.DEFAULT_TIMEOUT);
                    Replica replica = Replica.open(alone(TinyModel.open()), rendezvous, config(Reduction.OVERLAPPED))) {
                long before = replica.stages().get(0).checksum();
                try {
                    replica.step(7, List.of(TinyModel.batch(1, 2, 2 * rank)), 2 * LABELS, 1e-3); // of one rank only
                    return "no error";
                } catch (IllegalArgumentException e) {
                    return e.getMessage() + " " + (replica.stages().get(0).checksum() == before);
                }
            }
        });

        assertThat(ends)
                .allMatch(end -> end.startsWith("the label weights of step 7 add up to 28.0 over all ranks")
                        && end.contains("was given 14.0")
                        && end.endsWith(" true"));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 1", "2, 2", "4, 1"})
    void exactlySummedEveryLayoutGivesTheSameBits(int worldSize, int stages) {
        Run alone = train(1, Reduction.TREE, 4, 1).get(0);
        List<Run> spread = train(worldSize, Reduction.TREE, 4 / worldSize, stages);

        assertThat(spread).allSatisfy(run -> {
            assertThat(run.losses()).isEqualTo(alone.losses());
            assertThat(run.weights()).isEqualTo(alone.weights());
        });
    }

    @Test
    void replicasOfPipelinesLearnLikeOneDevice() {
        Run alone = train(1, Reduction.OVERLAPPED, 2, 1).get(0);
        List<Run> spread = train(2, Reduction.OVERLAPPED, 1, 2);

        assertThat(spread.get(0).checksums()).isEqualTo(spread.get(1).checksums());
        for (int step = 0; step < STEPS; step++) {
            assertThat(spread.get(0).losses().get(step))
                    .isCloseTo(alone.losses().get(step), within(1e-5));
        }
    }

    private record Run(List<Double> losses, List<Long> checksums, Evaluation evaluation, String weights) {}

    private List<Run> train(int worldSize, Reduction reduction, int microBatches, int stages) {
        PipelineLayout layout = new PipelineLayout(stages, "even", "1f1b", 1, ActivationCheckpointing.NEVER);
        ParallelConfig parallel =
                new ParallelConfig(worldSize, worldSize * microBatches, 1, "cpu", reduction, 60).withPipeline(layout);
        return run(worldSize, rank -> {
            Pipeline pipeline = Pipelines.open(TinyModel.CONFIG, parallel, rank);
            pipeline.stages().forEach(stage -> stage.initialize(1));
            try (Rendezvous rendezvous = Rendezvous.setup(environment(rank, worldSize), Rendezvous.DEFAULT_TIMEOUT);
                    Replica replica = Replica.open(pipeline, rendezvous, config(reduction))) {
                List<Double> losses = new ArrayList<>();
                List<Long> checksums = new ArrayList<>();
                for (int step = 1; step <= STEPS; step++) {
                    losses.add(replica.step(step, share(step, rank, worldSize, microBatches), ROWS * LABELS, 1e-3)
                            .loss());
                    checksums.add(
                            replica.stages().stream().mapToLong(Stage::checksum).sum());
                }
                List<MicroBatch> measured = share(99, rank, worldSize, 1);
                return new Run(losses, checksums, replica.evaluate(measured), weights(replica.stages()));
            }
        });
    }

    /** All weights' bits, in an order that does not depend on the stages. */
    private static String weights(List<Stage> stages) {
        Map<String, Integer> hashes = new TreeMap<>();
        for (Stage stage : stages) {
            for (int i = 0; i < stage.parameters().size(); i++) {
                ByteBuffer values = ByteBuffer.allocateDirect(
                                (int) stage.parameters().get(i).count() * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                stage.read(i, values);
                hashes.put(stage.parameters().get(i).name(), values.clear().hashCode());
            }
        }
        return hashes.toString();
    }

    private static Pipeline alone(Stage stage) {
        return Pipeline.alone(stage, 1);
    }

    /** Rows of the same global batch whatever the number of ranks and micro-batches. */
    private static List<MicroBatch> share(int step, int rank, int worldSize, int microBatches) {
        int rows = ROWS / worldSize / microBatches;
        return IntStream.range(0, microBatches)
                .mapToObj(i -> TinyModel.batch(step, rows, rank * ROWS / worldSize + i * rows))
                .toList();
    }

    private static ReplicaConfig config(Reduction reduction) {
        return new ReplicaConfig(
                OptimizerConfig.adamW(), 1, Rendezvous.DEFAULT_TIMEOUT, reduction, Map.of("data", "random"));
    }

    private RankEnvironment environment(int rank, int worldSize) {
        return new RankEnvironment(
                rank,
                worldSize,
                rank,
                worldSize,
                "127.0.0.1",
                0,
                folder.resolve("port" + worldSize).toString(),
                "");
    }

    /** Makes every logit of a stage NaN. */
    private static void poison(Stage stage) {
        int index = stage.parameters().size() - 1;
        ByteBuffer values = ByteBuffer.allocateDirect(
                        (int) stage.parameters().get(index).count() * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        values.putFloat(0, Float.NaN);
        stage.write(index, 0, values);
    }

    private interface Rank<T> {
        T run(int rank);
    }

    private static <T> List<T> run(int worldSize, Rank<T> work) {
        List<CompletableFuture<T>> ranks = IntStream.range(0, worldSize)
                .mapToObj(rank -> CompletableFuture.supplyAsync(() -> work.run(rank), task -> new Thread(task).start()))
                .toList();
        return ranks.stream().map(CompletableFuture::join).toList();
    }
}
