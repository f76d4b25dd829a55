package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Recovery;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Phrasebook;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.Generator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs in this process that end in the middle and go on; other processes are {@code KilledTrainingIT}'s. */
class ResumeIT {
    private static final int EPOCHS = 3;
    private static final int STEPS = 39; // 13 an epoch
    private static final ParallelConfig ALONE = TinyRun.ranks(1, Reduction.TREE);

    @TempDir
    private static Path shared;

    @TempDir
    private Path folder;

    private static TrainingRun neverStopped;
    private static byte[] expected;

    @BeforeAll
    static void trainWithoutAnEnd() throws IOException {
        neverStopped = TinyRun.prepare(shared.resolve("never-stopped"), TinyRun.resumable(EPOCHS, 5, ALONE));
        Trainer.train(neverStopped, TrainListener.NONE);
        expected = weights(neverStopped);
    }

    /** In the warm-up, within an epoch, at the end of one, and after the last step. */
    @ParameterizedTest
    @ValueSource(longs = {6, 17, 26, 38})
    void aRunThatGoesOnGivesTheBytesOfOneThatWasNeverStopped(long end) throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 5, ALONE));
        trainUntil(run, end);
        Resumption resumption = Resumption.last(folder);
        assertThat(resumption.step()).isBetween(end - 5, end);
        Trainer.train(resumption.unchanged(), TrainListener.NONE);
        assertThat(weights(run)).isEqualTo(expected);
        assertThat(losses(run)).isEqualTo(losses(neverStopped));
        assertThat(steps(run))
                .isEqualTo(LongStream.rangeClosed(1, STEPS).boxed().toList());
        JsonNode restart = only(run, "restart");
        assertThat(restart.get("step").longValue()).isEqualTo(resumption.step());
        assertThat(restart.get("lost_steps").longValue()).isEqualTo(end - resumption.step());
    }

    @Test
    void anotherSplitGoesOnToTheSameBytes() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 5, ALONE));
        trainUntil(run, 12);
        PipelineLayout cut = PipelineLayout.of(2, "0.5,1.5");
        TrainConfig wish = run.config().training().withParallel(ALONE.withPipeline(cut));
        Resumption resumption = Resumption.last(folder);
        assertThat(resumption.changes(new RunConfig(run.config().model(), wish)))
                .containsExactly("stages is 2 but was 1", "split is 0.5,1.5 but was even");
        Trainer.train(resumption.with(new RunConfig(run.config().model(), wish), 1), TrainListener.NONE);
        assertThat(weights(run)).isEqualTo(expected);
    }

    @Test
    void settingsThatChangeBitsAreRefusedWithBothValues() {
        TrainingRun run = TinyRun.prepare(
                folder,
                TinyRun.resumable(1, 5, TinyRun.ranks(2, Reduction.OVERLAPPED))
                        .withParallel(new ParallelConfig(1, 4, 1, "cpu", Reduction.OVERLAPPED, 60)));
        trainUntil(run, 6);
        Resumption resumption = Resumption.last(folder);
        TrainConfig training = run.config().training();
        assertRefused(resumption, training.withBatchSize(8), "batchSize is 8 but was 16");
        assertRefused(resumption, training.withSeed(6), "seed is 6 but was 5");
        assertRefused(resumption, training.withEpochs(2), "epochs is 2 but was 1");
        assertRefused(resumption, training.withLearningRate(LearningRateSchedule.constant(1e-3)), "learningRate is ");
        assertRefused(
                resumption, training.withParallel(TinyRun.ranks(2, Reduction.OVERLAPPED)), "worldSize is 2 but was 1");
    }

    private static void assertRefused(Resumption resumption, TrainConfig wish, String why) {
        RunConfig config = new RunConfig(resumption.before().config().model(), wish);
        assertThatThrownBy(() -> resumption.with(config, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("never stopped");
    }

    @Test
    void ofADamagedCheckpointTheOneBeforeIsTakenAndSaidSo() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 4, ALONE));
        trainUntil(run, 10);
        assertThat(run.checkpoints().steps()).containsExactly(8L, 4L);
        Path file = run.checkpoints().at(8).resolve("optimizer.safetensors");
        byte[] whole = Files.readAllBytes(file);
        for (byte[] damaged : List.of(truncated(whole), edited(whole))) {
            Files.write(file, damaged);
            Resumption resumption = Resumption.last(folder);
            assertThat(resumption.step()).isEqualTo(4);
            assertThat(resumption.remarks())
                    .containsExactly(file + ": was truncated or changed: its hash is not that of SHA256SUMS; the"
                            + " checkpoint before it is taken");
        }
        assertThatThrownBy(() -> Resumption.of(run.checkpoints().at(8)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("was truncated or changed");
        assertThat(Resumption.of(run.checkpoints().at(4)).later()).containsExactly(8L);
        Files.delete(run.checkpoints().at(4).resolve("SHA256SUMS"));
        assertThatThrownBy(() -> Resumption.last(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has no whole checkpoint")
                .hasMessageContaining("step-8")
                .hasMessageContaining("step-4")
                .hasMessageNotContaining("is taken");
        Files.write(file, whole);
        Trainer.train(Resumption.last(folder).unchanged(), TrainListener.NONE);
        assertThat(weights(run)).isEqualTo(expected);
    }

    @Test
    void aCheckpointWhoseRenamingWasCutShortIsCompletedBeforeOneIsLookedFor() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 4, ALONE));
        trainUntil(run, 5);
        Path whole = run.checkpoints().at(4); // as a kill leaves it that comes between the two renames
        Files.move(whole, whole.resolveSibling(".step-4.next"));
        Files.createDirectory(whole.resolveSibling(".step-4.previous"));
        assertThat(Resumption.last(folder).step()).isEqualTo(4);
        assertThat(run.checkpoints().steps()).containsExactly(4L);
    }

    @Test
    void aCheckpointUnderAnotherNameIsNotTaken() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 4, ALONE));
        trainUntil(run, 10);
        Path renamed = Files.move(run.checkpoints().at(8), run.checkpoints().at(9));
        Resumption resumption = Resumption.last(folder);
        assertThat(resumption.step()).isEqualTo(4);
        assertThat(resumption.remarks())
                .containsExactly(
                        renamed + ": is the checkpoint step-8 under another name; the checkpoint before it is taken");
        assertThatThrownBy(() -> Resumption.of(renamed)).hasMessageContaining("is the checkpoint step-8");
    }

    @Test
    void whatAKilledProcessLeftIsRemovedAtTheNextStart() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 4, ALONE));
        trainUntil(run, 5);
        Path half = Files.createFile(folder.resolve("metrics.jsonl.4711.tmp"));
        Path deleted = Files.createDirectory(run.checkpoints().folder().resolve(".step-2.previous"));
        Path written = Files.createDirectory(run.checkpoints().folder().resolve(".step-8.next"));
        Resumption.last(folder);
        assertThat(half).doesNotExist();
        assertThat(deleted).doesNotExist();
        assertThat(written).doesNotExist();
        assertThat(run.checkpoints().steps()).containsExactly(4L);
    }

    @Test
    void otherDataAndAFolderWithoutACheckpointAreRefused() throws IOException {
        TrainingRun run = TinyRun.prepare(folder, TinyRun.resumable(EPOCHS, 4, ALONE));
        assertThatThrownBy(() -> Resumption.last(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("has no checkpoint; begin the run anew");
        trainUntil(run, 5);
        CorpusOptions others = new CorpusOptions(200, 30, 10, 6, "de", "en");
        assertThatThrownBy(() ->
                        Resumption.last(folder).requireSame(Corpora.split(Phrasebook.pairs(240), "phrasebook", others)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("holds other pairs");
        Path data = folder.resolve("data/train.jsonl");
        Files.writeString(data, Files.readString(data).replaceFirst("[a-z]", "x"));
        assertThatThrownBy(() -> Resumption.last(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is of other data or of another tokenizer");
    }

    @Test
    void aRunThatEndedEarlyIsNotReplacedByMistake() throws IOException {
        TrainConfig config = TinyRun.resumable(EPOCHS, 4, ALONE);
        TrainingRun run = TinyRun.prepare(folder, config);
        trainUntil(run, 5);
        assertThatThrownBy(() -> TinyRun.prepare(folder, config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "where a run ended early and has a checkpoint of step 4; go on with --resume last");
        assertThatThrownBy(() -> Trainer.train(run, TrainListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has a checkpoint of step 4, but the run would begin after step 0");
        Trainer.train(Resumption.last(folder).unchanged(), TrainListener.NONE);
        assertThat(weights(run)).isEqualTo(expected);
        TinyRun.prepare(folder, config); // the one before has ended
        assertThat(run.checkpoints().steps()).isEmpty();
    }

    @Test
    void aCheckpointIsAModel() {
        Path checkpoint = neverStopped.checkpoints().at(36);
        try (Generator generator = Generator.open(checkpoint)) {
            assertThat(generator.generate("Guten Tag", GenerateOptions.upTo(3)).ids())
                    .hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void oldCheckpointsAreRemovedButTheBestIsKept() {
        Progress.Best best =
                Checkpoint.read(neverStopped.checkpoints().at(STEPS)).progress().best();
        assertThat(neverStopped.checkpoints().steps())
                .contains((long) STEPS, 36L, best.step())
                .hasSizeLessThanOrEqualTo(3);
        assertThat(best.loss()).isLessThan(6);
    }

    @Test
    void withPatienceTheModelIsTheBest() throws IOException {
        TrainConfig impatient = TinyRun.config(40, 0, ALONE)
                .withLearningRate(LearningRateSchedule.constant(0.03))
                .withRecovery(Recovery.everySteps(50))
                .withDuration(new TrainConfig.Duration(40, 0, 2));
        TrainingRun run = TinyRun.prepare(folder, impatient);
        ResultMetrics result = Trainer.train(run, TrainListener.NONE);
        List<JsonNode> epochs = lines(run, "epoch");
        assertThat(epochs).hasSizeLessThan(40);
        assertThat(result.best()).isTrue();
        assertThat(result.modelStep()).isEqualTo((epochs.size() - 2) * 13L);
        assertThat(weights(run))
                .isEqualTo(Files.readAllBytes(
                        run.checkpoints().at(result.modelStep()).resolve("model.safetensors")));
    }

    @Test
    void aCheckpointThatCannotBeWrittenEndsTheRunOnlyIfItIsTo() throws IOException {
        Recovery goesOn = Recovery.everySteps(5);
        TrainConfig config = TinyRun.resumable(1, 5, ALONE);
        TrainingRun run = TinyRun.prepare(folder.resolve("goes-on"), config);
        Files.createFile(run.checkpoints().folder());
        Trainer.train(run, TrainListener.NONE);
        assertThat(run.model()).isDirectory();

        TrainingRun strict = TinyRun.prepare(
                folder.resolve("ends"), config.withRecovery(new Recovery(5, 0, goesOn.keep(), true, 0)));
        Files.createFile(strict.checkpoints().folder());
        assertThatThrownBy(() -> Trainer.train(strict, TrainListener.NONE)).isInstanceOf(CheckpointException.class);
    }

    /** Ends a run in this process after a step, without a checkpoint of it. */
    static void trainUntil(TrainingRun run, long step) {
        assertThatThrownBy(() -> Trainer.train(run, event -> {
                    if (event instanceof StepMetrics metrics && metrics.step() == step) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private static byte[] truncated(byte[] whole) {
        return Arrays.copyOf(whole, whole.length - 1);
    }

    private static byte[] edited(byte[] whole) {
        byte[] other = whole.clone();
        other[other.length / 2] = (byte) (other[other.length / 2] ^ 1);
        return other;
    }

    private static byte[] weights(TrainingRun run) throws IOException {
        return Files.readAllBytes(run.model().resolve("model.safetensors"));
    }

    private static List<JsonNode> lines(TrainingRun run, String kind) throws IOException {
        List<JsonNode> lines = new ArrayList<>(TrainerIT.lines(run));
        lines.removeIf(line -> !line.get("kind").asText().equals(kind));
        return lines;
    }

    private static JsonNode only(TrainingRun run, String kind) throws IOException {
        List<JsonNode> lines = lines(run, kind);
        assertThat(lines).hasSize(1);
        return lines.get(0);
    }

    private static List<Long> steps(TrainingRun run) throws IOException {
        return lines(run, "step").stream()
                .map(line -> line.get("step").longValue())
                .toList();
    }

    private static List<Double> losses(TrainingRun run) throws IOException {
        return lines(run, "step").stream()
                .map(line -> line.get("loss").doubleValue())
                .toList();
    }
}
