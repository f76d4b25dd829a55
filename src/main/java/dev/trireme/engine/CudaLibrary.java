package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A library of NVIDIA's that libtorch's build for CUDA loads.
 *
 * <p>JavaCPP looks for each on the class path ({@code cuda-redist}), then in the folders of its preload path, of which
 * {@link #installation} is one; then the system's loader looks.
 *
 * @param file its name, as the loader looks for it
 * @param source what has it, said of the file
 */
public record CudaLibrary(String file, String source) {
    /** Checks that no component is null. */
    public CudaLibrary {
        NullChecks.require("file", file, "source", source);
    }

    private static final String REDIST = "in the jar org.bytedeco:cuda-redist, or NVIDIA's package cuda-toolkit-13-1";
    private static final String INSTALL = "fetched by bin/trireme doctor --install-cuda, or NVIDIA's package ";

    /** NCCL, which tells its own version. */
    public static final CudaLibrary NCCL = new CudaLibrary("libnccl.so.2", INSTALL + "libnccl2");

    private static final CudaLibrary DRIVER =
            new CudaLibrary("libcuda.so.1", "of NVIDIA's driver, from version 580 on");

    /** All of them, the driver first. */
    public static final List<CudaLibrary> ALL = List.of(
            DRIVER,
            new CudaLibrary("libcudart.so.13", REDIST),
            new CudaLibrary("libcupti.so.13", REDIST),
            new CudaLibrary("libnvrtc.so.13", REDIST),
            new CudaLibrary("libcufft.so.12", REDIST),
            new CudaLibrary("libcurand.so.10", REDIST),
            new CudaLibrary("libcufile.so.0", REDIST),
            new CudaLibrary("libnvJitLink.so.13", REDIST),
            new CudaLibrary("libcublas.so.13", INSTALL + "libcublas-13-1"),
            new CudaLibrary("libcublasLt.so.13", INSTALL + "libcublas-13-1"),
            new CudaLibrary("libcusparse.so.12", INSTALL + "libcusparse-13-1"),
            new CudaLibrary("libcusolver.so.12", INSTALL + "libcusolver-13-1"),
            new CudaLibrary("libcusolverMg.so.12", INSTALL + "libcusolver-13-1"),
            new CudaLibrary("libcudnn.so.9", INSTALL + "libcudnn9-cuda-13"),
            NCCL);

    private static final String PRELOAD_PATH = "org.bytedeco.javacpp.platform.preloadpath";
    private static final String IN_JARS = "org/bytedeco/cuda/linux-x86_64/";

    /** What the presets of PyTorch themselves add to the preload path, then what the system's loader knows. */
    private static final List<String> USUAL_FOLDERS = List.of(
            "/usr/local/cuda-13.1/lib64",
            "/usr/local/cuda-13.1/extras/CUPTI/lib64",
            "/usr/local/cuda/lib64",
            "/usr/local/cuda/extras/CUPTI/lib64",
            "/usr/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/lib/x86_64-linux-gnu",
            "/usr/lib");

    /**
     * The folder that {@code doctor --install-cuda} fills.
     *
     * @return {@code ~/.cache/trireme/cuda-13.1}, which need not exist
     */
    public static Path installation() {
        return Path.of(System.getProperty("user.home"), ".cache", "trireme", "cuda-13.1");
    }

    /**
     * The libraries of an installation.
     *
     * @param installation as {@link #installation}
     * @return the folder within it that has them all, once it is there
     */
    public static Path librariesOf(Path installation) {
        Objects.requireNonNull(installation, "installation");
        return installation.resolve("lib");
    }

    /**
     * Finds the libraries that neither the class path nor a folder has.
     *
     * @param folders where to look
     * @return those of {@link #ALL} that are missing, in its order
     */
    public static List<CudaLibrary> missingFrom(List<Path> folders) {
        Objects.requireNonNull(folders, "folders");
        return ALL.stream()
                .filter(library ->
                        !library.isOnClassPath() && library.in(folders).isEmpty())
                .toList();
    }

    /**
     * The first file of its name.
     *
     * @param folders where to look
     * @return the file, if one of them has it
     */
    public Optional<Path> in(List<Path> folders) {
        Objects.requireNonNull(folders, "folders");
        return folders.stream()
                .map(folder -> folder.resolve(file))
                .filter(Files::exists)
                .findFirst();
    }

    private boolean isOnClassPath() {
        return CudaLibrary.class.getClassLoader().getResource(IN_JARS + file) != null;
    }

    /**
     * The folders that are searched when libtorch is loaded.
     *
     * @return those of JavaCPP's preload path, of {@code LD_LIBRARY_PATH}, of {@code /etc/ld.so.conf.d}, and the usual ones
     */
    public static List<Path> searchedFolders() {
        return Stream.of(
                        words(System.getProperty(PRELOAD_PATH, "")),
                        words(System.getProperty("java.library.path", "")), // begins with LD_LIBRARY_PATH
                        configured().stream(),
                        USUAL_FOLDERS.stream())
                .flatMap(folders -> folders)
                .map(Path::of)
                .distinct()
                .toList();
    }

    /** Adds the installation to JavaCPP's preload path. To be called before JavaCPP reads its settings, which it does once. */
    static void preload() {
        String given = System.getProperty(PRELOAD_PATH, "");
        String own = librariesOf(installation()).toString();
        if (words(given).noneMatch(own::equals)) {
            System.setProperty(PRELOAD_PATH, given.isEmpty() ? own : given + File.pathSeparator + own);
        }
    }

    /**
     * Refuses to load the build for CUDA without its libraries beside the one for CPUs: JavaCPP would take some libraries of
     * each, and the process would end. Alone the build for CUDA works on CPUs without them.
     *
     * @throws IllegalStateException naming what is missing and who has it
     */
    static void requireForBothBuilds() {
        List<CudaLibrary> missing = NativeCache.hasBothBuilds() ? missingFrom(searchedFolders()) : List.of();
        missing.stream().filter(library -> !library.equals(DRIVER)).findFirst().ifPresent(library -> {
            throw new IllegalStateException("libtorch's builds for CPUs and for CUDA are both on the class path, and "
                    + library.file + " is missing, which is " + library.source
                    + "; get it, or leave pytorch's jar with classifier linux-x86_64-gpu out");
        });
    }

    private static Stream<String> words(String path) {
        return Stream.of(path.split(File.pathSeparator, -1)).filter(word -> !word.isBlank());
    }

    private static List<String> configured() {
        List<String> folders = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/etc/ld.so.conf.d"), "*.conf")) {
            for (Path file : files) {
                Files.readAllLines(file).stream()
                        .map(String::strip)
                        .filter(line -> line.startsWith("/"))
                        .forEach(folders::add);
            }
        } catch (IOException e) {
            return folders; // a system without it
        }
        return folders;
    }
}
