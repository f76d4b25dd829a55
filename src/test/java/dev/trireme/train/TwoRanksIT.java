package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ExitCode;
import dev.trireme.config.Reduction;
import dev.trireme.launch.Job;
import dev.trireme.launch.JobResult;
import dev.trireme.launch.Launcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes over real Gloo, and one that does the work of both. */
class TwoRanksIT {
    private static final int STEPS = 15; // into the second epoch

    @TempDir
    private static Path folder;

    private static final Map<Reduction, TrainingRun> RUNS = new TreeMap<>();

    @BeforeAll
    static void train() {
        for (Reduction reduction : Reduction.values()) {
            TrainingRun run =
                    TinyRun.prepare(folder.resolve(reduction.toString()), 2, STEPS, TinyRun.ranks(2, reduction));
            ByteArrayOutputStream errors = new ByteArrayOutputStream();
            JobResult end = Launcher.run(
                    Job.of(
                            2,
                            1,
                            ChecksumRank.class.getName(),
                            List.of(run.folder().toString())),
                    errors);
            assertThat(end.exitCode()).as(end.failure() + errors).isEqualTo(ExitCode.OK);
            RUNS.put(reduction, run);
        }
    }

    @Test
    void replicasAreBitIdenticalHoweverGradientsAreAveraged() throws IOException {
        String plain = checksums(Reduction.PER_PARAMETER, 0);
        assertThat(plain.lines()).hasSize(STEPS).doesNotHaveDuplicates();
        for (Reduction reduction : Reduction.values()) {
            // Two numbers have one sum, but along the tree micro-batches are added in another order.
            String checksums = reduction == Reduction.TREE ? checksums(reduction, 0) : plain;
            assertThat(checksums(reduction, 0)).as(reduction + " on rank 0").isEqualTo(checksums);
            assertThat(checksums(reduction, 1)).as(reduction + " on rank 1").isEqualTo(checksums);
        }
    }

    @Test
    void twoRanksGiveTheLossCurveOfOne() throws IOException {
        TrainingRun alone = TinyRun.prepare(folder.resolve("alone"), 2, STEPS, TinyRun.ranks(1, Reduction.OVERLAPPED));
        Trainer.train(alone, TrainListener.NONE);
        List<Double> expected = TrainerIT.losses(TrainerIT.lines(alone));
        List<Double> losses = TrainerIT.losses(TrainerIT.lines(run(Reduction.OVERLAPPED)));
        assertThat(losses).hasSize(STEPS).hasSameSizeAs(expected);
        for (int i = 0; i < STEPS; i++) {
            assertThat(losses.get(i)).as("step %d", i + 1).isCloseTo(expected.get(i), within(1e-5));
        }
    }

    @Test
    void launchTrainsWritesEverythingAndReturnsTheResult() throws IOException {
        TrainingRun run = TinyRun.prepare(folder.resolve("launched"), 1, 2, TinyRun.ranks(2, Reduction.OVERLAPPED));
        ResultMetrics result = Trainer.launch(run, new ByteArrayOutputStream());
        assertThat(result).isEqualTo(MetricsFile.readResult(run.metrics()));
        assertThat(TrainerIT.lines(run)).hasSize(12);
        ModelQuality quality = Evaluator.evaluate(run.model(), run.splits().test(), "cpu", 1);
        assertThat(quality.loss()).isCloseTo(result.testLoss(), within(1e-5));
    }

    @Test
    void aRankThatFailsIsNamedWithItsExitCode() throws IOException {
        TrainingRun run = TinyRun.prepare(folder.resolve("failing"), 1, 2, TinyRun.ranks(2, Reduction.OVERLAPPED));
        Files.delete(run.tokenizerFile());
        assertThatThrownBy(() -> Trainer.launch(run, new ByteArrayOutputStream()))
                .isInstanceOfSatisfying(TrainingFailure.class, failure -> {
                    assertThat(failure.exitCode()).isEqualTo(ExitCode.BAD_INPUT);
                    assertThat(failure).hasMessageContaining("rank ").hasMessageContaining("tokenizer.json");
                });
    }

    private static String checksums(Reduction reduction, int rank) throws IOException {
        return Files.readString(run(reduction).folder().resolve("checksums" + rank));
    }

    private static TrainingRun run(Reduction reduction) {
        return Objects.requireNonNull(RUNS.get(reduction));
    }
}
