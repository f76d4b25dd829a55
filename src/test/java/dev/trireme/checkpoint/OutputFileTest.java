package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
    @TempDir
    private Path folder;

    @Test
    void aNewFileAndAnOldOneMayBeWritten() throws IOException {
        OutputFile.require(folder.resolve("new"));
        OutputFile.require(Files.writeString(folder.resolve("old"), ""));
        OutputFile.require(Files.createSymbolicLink(folder.resolve("link"), folder.resolve("old")));
    }

    @Test
    void aFolderAPipeAndADeviceAreRefused() throws Exception {
        Path pipe = folder.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
        assertRefused(folder, "is a folder; give the name of a file in it");
        assertRefused(pipe, "is a device, a pipe or a broken link");
        assertRefused(Path.of("/dev/null"), "is a device, a pipe or a broken link");
        assertRefused(folder.resolve("none/file"), "there is no folder " + folder.resolve("none"));
    }

    /** As root, a rename would put a file in its place. */
    @Test
    void theWriterRefusesThemToo() {
        assertThatThrownBy(() -> SafetensorsWriter.write(Path.of("/dev/null"), List.of(), (tensor, output) -> {}))
                .hasMessageContaining("/dev/null");
        assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> OutputFile.require(file))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }
}
