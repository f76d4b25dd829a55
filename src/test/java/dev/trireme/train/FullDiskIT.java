package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Recovery;
import dev.trireme.model.ModelConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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

    private void fillUpForSomeSteps(RunEvent event) {
        try {
            Path filler = disk.resolve("filler");
            if (event instanceof StepMetrics metrics && metrics.step() == 20) {
                run("dd", "if=/dev/zero", "of=" + filler, "bs=4096");
            } else if (event instanceof StepMetrics metrics && metrics.step() == 150) {
                Files.delete(filler);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void prepareLarge(String name) {
        TrainingRun.prepare(disk.resolve(name), TinyRun.splits(), LARGE, TinyRun.config(1, 1, ALONE));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.map(Path::toString).sorted().toList();
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
