package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaLibraryTest {
    @Test
    void whatNoFolderHasIsMissing(@TempDir Path folder) throws IOException {
        for (CudaLibrary library : CudaLibrary.ALL) {
            if (!library.equals(CudaLibrary.NCCL)) {
                Files.createFile(folder.resolve(library.file()));
            }
        }
        assertThat(CudaLibrary.missingFrom(List.of(folder)))
                .containsExactly(new CudaLibrary(
                        "libnccl.so.2", "fetched by bin/trireme doctor --install-cuda, or NVIDIA's package libnccl2"));
        assertThat(CudaLibrary.ALL.get(0).in(List.of(folder))).hasValue(folder.resolve("libcuda.so.1"));
    }

    @Test
    void theyAreLookedForWhereJavaCppAndTheLoaderLook() {
        NativeLibrary.load();
        assertThat(CudaLibrary.searchedFolders())
                .startsWith(CudaLibrary.librariesOf(CudaLibrary.installation()))
                .containsSubsequence(Path.of("/usr/local/cuda-13.1/lib64"), Path.of("/usr/local/cuda/lib64"))
                .contains(Path.of("/usr/lib64"));
    }
}
