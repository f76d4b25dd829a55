package dev.trireme.machine;

import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A library that libtorch's CUDA build loads and no jar of ours carries.
 *
 * @param file its name, as the loader looks for it
 * @param source where it comes from
 */
public record GpuLibrary(String file, String source) {
    /** Checks that no component is null. */
    public GpuLibrary {
        NullChecks.require("file", file, "source", source);
    }

    private static final String TOOLKIT = "CUDA 13 toolkit (NVIDIA's cuda-toolkit-13-1)";

    /** All of them, the driver first. */
    public static final List<GpuLibrary> ALL = List.of(
            new GpuLibrary("libcuda.so.1", "NVIDIA driver"),
            new GpuLibrary("libcudart.so.13", TOOLKIT),
            new GpuLibrary("libcupti.so.13", TOOLKIT),
            new GpuLibrary("libnvrtc.so.13", TOOLKIT),
            new GpuLibrary("libcublas.so.13", TOOLKIT),
            new GpuLibrary("libcufft.so.12", TOOLKIT),
            new GpuLibrary("libcurand.so.10", TOOLKIT),
            new GpuLibrary("libcusolver.so.12", TOOLKIT),
            new GpuLibrary("libcusparse.so.12", TOOLKIT),
            new GpuLibrary("libcufile.so.0", TOOLKIT),
            new GpuLibrary("libcudnn.so.9", "cuDNN 9 (NVIDIA's libcudnn9-cuda-13)"),
            new GpuLibrary("libnccl.so.2", "NCCL 2 (NVIDIA's libnccl2)"));

    private static final List<String> USUAL_FOLDERS = List.of(
            "/usr/local/cuda/lib64",
            "/usr/local/cuda/extras/CUPTI/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib");

    /**
     * Finds the libraries that none of the folders has.
     *
     * @param folders where to look
     * @return those of {@link #ALL} that are missing, in its order
     */
    public static List<GpuLibrary> missingFrom(List<Path> folders) {
        Objects.requireNonNull(folders, "folders");
        return ALL.stream()
                .filter(library -> folders.stream().noneMatch(folder -> Files.exists(folder.resolve(library.file))))
                .toList();
    }

    /**
     * The folders that this system's loader searches.
     *
     * @param libraryPath value of {@code LD_LIBRARY_PATH}, which may be empty
     * @return its folders, then those of {@code /etc/ld.so.conf.d} and the usual ones
     */
    public static List<Path> loaderFolders(String libraryPath) {
        Objects.requireNonNull(libraryPath, "libraryPath");
        return Stream.of(Stream.of(libraryPath.split(":", -1)), configured(), USUAL_FOLDERS.stream())
                .flatMap(names -> names)
                .filter(name -> !name.isBlank())
                .map(Path::of)
                .toList();
    }

    private static Stream<String> configured() {
        List<String> folders = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/etc/ld.so.conf.d"), "*.conf")) {
            for (Path file : files) {
                Machine.lines(file.toString()).stream()
                        .map(String::strip)
                        .filter(line -> line.startsWith("/"))
                        .forEach(folders::add);
            }
        } catch (IOException e) {
            return Stream.empty(); // a system without it
        }
        return folders.stream();
    }
}
