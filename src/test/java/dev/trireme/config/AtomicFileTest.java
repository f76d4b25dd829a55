package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    private Path folder;

    @Test
    void partsOfKilledProcessesAreRemovedAndNothingElse() throws IOException {
        AtomicFile.write(folder.resolve("start.json"), new byte[] {1});
        Path other = Files.createFile(folder.resolve("notes.tmp"));
        Files.createFile(folder.resolve("start.json.4711.tmp"));
        AtomicFile.removeParts(folder);
        assertThat(folder).isDirectoryNotContaining("glob:**.4711.tmp");
        assertThat(folder.resolve("start.json")).hasBinaryContent(new byte[] {1});
        assertThat(other).exists();
    }
}
