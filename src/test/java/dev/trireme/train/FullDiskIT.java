package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.CodedFailure;
import dev.trireme.config.ExitCode;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Recovery;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import dev.trireme.task.CorpusCacheException;
import dev.trireme.task.Document;
import dev.trireme.task.PartSizes;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On a disk of 4 MB, which only root can make. */
@Timeout(120)
class FullDiskIT {
    private static final ParallelConfig ALONE = ParallelConfig.ofWorld(1);
    private static final ModelConfig LARGE = ModelConfig.gpt2(2, 2, 256, 400, 128); // 7 MB

    @TempDir
    private Path folder;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk.toString()) == 0, "not allowed to mount");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", disk.toString());
    }

    @Test
    void aModelThatWillNotFitIsRefusedBeforeAnythingIsReplaced() throws Exception {
        TrainingRun earlier = TinyRun.prepare(disk.resolve("run"), 1, 1, ALONE);
        Files.writeString(earlier.metrics(), "numbers");
        List<String> before = names(disk);

        assertThatThrownBy(() -> prepareLarge("run"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageMatching("(?s).*run: cannot be written \\(.*: model, "
                        + "checkpoints and metrics will take \\d\\.\\d MB, \\d\\.\\d MB are free\\).*");
        assertThatThrownBy(() -> prepareLarge("new")).isInstanceOf(CheckpointException.class);

        assertThat(TrainingRun.open(disk.resolve("run"))).isEqualTo(earlier);
        assertThat(earlier.metrics()).hasContent("numbers");
        assertThat(names(disk)).isEqualTo(before);
    }

    @Test
    void aDiskThatIsFullAlreadyKeepsTheEarlierRun() throws Exception {
        TrainingRun earlier = TinyRun.prepare(disk.resolve("run"), 1, 1, ALONE);
        Path filler = disk.resolve("filler");
        run("dd", "if=/dev/zero", "of=" + filler, "bs=4096"); // until no page is left

        assertThatThrownBy(() -> TinyRun.prepare(disk.resolve("run"), 2, 1, ALONE))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("cannot be written");

        assertThat(TrainingRun.open(disk.resolve("run"))).isEqualTo(earlier);
        Files.delete(filler);
        assertThat(earlier.splits()).isEqualTo(TinyRun.splits());
    }

    @Test
    void aDiskThatFillsUpEndsNoRunWhichSaysWhatIsMissing() throws Exception {
        run("mount", "-o", "remount,size=8m", disk.toString());
        TrainConfig config = TinyRun.resumable(20, 10, TinyRun.ranks(1, Reduction.TREE));
        TrainingRun calm = TinyRun.prepare(folder.resolve("calm"), config);
        Trainer.train(calm, TrainListener.NONE);

        TrainingRun run = TinyRun.prepare(disk.resolve("run"), config);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        ResultMetrics result = Trainer.launch(run, this::fillUpForSomeSteps, errors);

        assertThat(errors.toString(StandardCharsets.UTF_8))
                .contains("the run goes on, but its numbers are not written: " + run.metrics())
                .contains("no checkpoint was written, the run goes on: ")
                .containsPattern("metrics.jsonl: \\d+ records are missing");
        assertThat(run.model().resolve("model.safetensors"))
                .hasSameBinaryContentAs(calm.model().resolve("model.safetensors"));
        assertThat(TrainerIT.losses(TrainerIT.lines(run)))
                .hasSizeLessThan(TrainerIT.losses(TrainerIT.lines(calm)).size());
        assertThat(MetricsFile.readResult(run.metrics())).isEqualTo(result);
        assertThat(run.checkpoints().latest(damaged -> {})).contains(260L);
    }

    @Test
    void aDiskThatFillsUpEndsARunThatIsToEndThen() throws Exception {
        run("mount", "-o", "remount,size=8m", disk.toString());
        TrainConfig config = TinyRun.resumable(20, 10, TinyRun.ranks(1, Reduction.TREE));
        TrainingRun run = TinyRun.prepare(disk.resolve("run"), config.withRecovery(new Recovery(0, 0, 1, true, 0)));
        assertThatThrownBy(() -> Trainer.train(run, this::fillUpForSomeSteps))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(run.metrics() + ": cannot be written");
    }

    @ParameterizedTest
    @EnumSource(Task.class)
    void fineTuningOnAFullDiskSaysSoAndLeavesNothingHalfWritten(Task task) throws Exception {
        Path base = base();
        Path filler = disk.resolve("filler");
        fill(filler);
        List<String> before = names(disk);
        assertRefused(CheckpointException.class, () -> fineTuning(base, task, Tuning.ALL));
        List<String> refused = names(disk);
        refused.removeAll(before);
        assertThat(refused)
                .isSubsetOf(
                        disk.resolve("run").toString(),
                        disk.resolve("run/.lock").toString());
        Files.delete(filler);

        Tuning updates = Tuning.of(new LoraConfig(4, 8, LoraTarget.parse("all", TinyRun.SHAPE), 0));
        for (Tuning tuning : List.of(Tuning.ALL, updates)) {
            TrainingRun run = fineTuning(base, task, tuning);
            List<String> prepared = names(disk);
            TrainListener filling = event -> {
                if (event instanceof EpochMetrics) {
                    fill(filler);
                }
            };
            assertRefused(CheckpointException.class, () -> Trainer.train(run, filling));
            Files.delete(filler);
            List<String> after = names(disk);
            after.removeAll(prepared);
            assertThat(after)
                    .allMatch(name -> name.contains("metrics.jsonl") || name.contains("timeline."))
                    .contains(run.metrics().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Task.class,
            names = {"TEXT", "CHAT", "INSTRUCT"})
    void aCacheOfCorporaOnAFullDiskEndsThePreparationAndKeepsNothing(Task task) throws Exception {
        Path base = base();
        fill(disk.resolve("filler"));
        String usual = System.getProperty("trireme.corpora", "");
        System.setProperty("trireme.corpora", disk.resolve("corpora").toString());
        disk = folder; // for the run
        try {
            assertRefused(CorpusCacheException.class, () -> fineTuning(base, task, Tuning.ALL));
        } finally {
            System.setProperty("trireme.corpora", usual);
            disk = folder.resolve("disk");
        }
        assertThat(folder.resolve("run")).doesNotExist();
        assertThat(names(disk.resolve("corpora")))
                .containsExactly(
                        disk.resolve("corpora").toString(),
                        disk.resolve("corpora/.lock").toString());
    }

    private static void assertRefused(Class<? extends CodedFailure> type, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        type, failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.CHECKPOINT))
                .hasMessageNotContaining("\n");
    }

    /** A model with a chat template, outside of the disk. */
    private Path base() throws IOException {
        TrainingRun run = TinyRun.prepare(folder.resolve("base"), 1, 1, ALONE);
        Trainer.train(run, TrainListener.NONE);
        Files.writeString(
                run.model().resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }}<eos>{% endfor %}");
        return run.model();
    }

    private TrainingRun fineTuning(Path base, Task task, Tuning tuning) throws IOException {
        BaseModel.Shape start = BaseModel.of(base, List.of());
        TrainConfig config = TinyRun.config(1, 2, ALONE).withMaxLength(64);
        RunConfig wish = RunConfig.of(start, config)
                .with(start.model().withTuning(tuning), config)
                .withTask(TaskConfig.of(task));
        if (task == Task.TRANSLATE) {
            return TrainingRun.prepare(disk.resolve("run"), TinyRun.splits(), wish, 1);
        }
        List<String> lines = IntStream.range(0, 60)
                .mapToObj(i -> switch (task) {
                    case CHAT -> Document.chat("Is " + i + " even?", "Ask me another day, child.");
                    case INSTRUCT -> Document.instruct("Say " + i + ".", " So be it: " + i + ".");
                    default -> Document.text("The child reads book " + i + " in the park, and then the next one.");
                })
                .map(Document::json)
                .toList();
        Path data = Files.write(folder.resolve(task + ".jsonl"), lines);
        return TrainingRun.prepare(disk.resolve("run"), data, PartSizes.usual(5), wish, 1);
    }

    private static void fill(Path filler) {
        try {
            run(
                    "dd",
                    "if=/dev/zero",
                    "of=" + filler,
                    "bs=4096",
                    "oflag=append",
                    "conv=notrunc"); // until no page is left
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Again and again: the run goes on meanwhile, and an older checkpoint that it deletes would leave room for its numbers. */
    private void fillUpForSomeSteps(RunEvent event) {
        Path filler = disk.resolve("filler");
        long step = event instanceof StepMetrics metrics ? metrics.step() : 0;
        if (step >= 20 && step < 150 && step % 10 == 0) {
            fill(filler);
        } else if (step == 150) {
            try {
                Files.delete(filler);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void prepareLarge(String name) {
        TrainingRun.prepare(disk.resolve(name), TinyRun.splits(), LARGE, TinyRun.config(1, 1, ALONE));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.map(Path::toString).sorted().collect(Collectors.toCollection(ArrayList::new));
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
