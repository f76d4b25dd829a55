package dev.trireme.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuLibraryTest {
    @Test
    void whatNoFolderHasIsMissing(@TempDir Path folder) throws IOException {
        for (GpuLibrary library : GpuLibrary.ALL) {
            if (!library.file().equals("libnccl.so.2")) {
                Files.createFile(folder.resolve(library.file()));
            }
        }
        assertThat(GpuLibrary.missingFrom(List.of(folder)))
                .containsExactly(new GpuLibrary("libnccl.so.2", "NCCL 2 (NVIDIA's libnccl2)"));
    }

    @Test
    void theLibraryPathComesFirst() {
        assertThat(GpuLibrary.loaderFolders("/opt/a:/opt/b")).startsWith(Path.of("/opt/a"), Path.of("/opt/b"));
        assertThat(GpuLibrary.loaderFolders("")).contains(Path.of("/usr/lib64"));
    }
}
