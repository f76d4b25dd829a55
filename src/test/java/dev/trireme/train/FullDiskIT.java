package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.ParallelConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
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
