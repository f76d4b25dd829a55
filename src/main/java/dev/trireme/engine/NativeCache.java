package dev.trireme.engine;

import dev.trireme.config.AtomicFile;
import dev.trireme.config.Uninterrupted;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * Fills and repairs the folder into which JavaCPP extracts native libraries from jars.
 *
 * <p>JavaCPP writes them in place, when it first needs each. A JVM that dies meanwhile leaves half a library, and a
 * second JVM may load one that the first still writes; both end in SIGBUS. This writes to another name, then renames.
 */
final class NativeCache {
    private static final String FOR_CPUS = "org/bytedeco/pytorch/%s/libjnitorch.so";

    /** A library of each jar whose neighbours are all that must be there. */
    static final List<String> LANDMARKS = List.of(
            "org/bytedeco/javacpp/%s/libjnijavacpp.so",
            "org/bytedeco/openblas/%s/libjniopenblas_nolapack.so",
            FOR_CPUS,
            "org/bytedeco/pytorch/%s-gpu/libjnitorch.so",
            "org/bytedeco/cuda/%s/libjnicudart.so", // its own binding, and beside it the libraries of cuda-redist
            "org/bytedeco/cuda/%s/libcudart.so.13",
            "dev/trireme/engine/bindings/%s/libjnitrireme.so");

    private static final String CUDA = "org/bytedeco/pytorch/%s-gpu/libtorch_cuda.so";

    private NativeCache() {}

    static Path folder() {
        try {
            return Loader.getCacheDir().toPath();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "no folder for native libraries: " + e.getMessage()
                            + "; set -Dorg.bytedeco.javacpp.cachedir=DIR to one that can be written",
                    e);
        }
    }

    /** Where libtorch's code for CUDA is extracted to; empty when its jar is not on the class path. */
    static Optional<Path> cudaLibrary() {
        return Optional.ofNullable(resource(CUDA))
                .flatMap(library -> neighbours(library)
                        .map(Library::file)
                        .filter(file -> file.endsWith("libtorch_cuda.so"))
                        .findFirst());
    }

    static boolean hasBothBuilds() {
        return resource(CUDA) != null && resource(FOR_CPUS) != null;
    }

    static List<Path> repair() {
        List<Library> broken = libraries().filter(library -> !library.isWhole()).toList();
        if (broken.isEmpty()) {
            return List.of();
        }
        List<Path> repaired = new ArrayList<>();
        try {
            Uninterrupted.run(() -> repaired.addAll(extract(broken)));
        } catch (IOException e) {
            throw failure(folder(), e);
        }
        return repaired;
    }

    private static List<Path> extract(List<Library> broken) throws IOException {
        // JavaCPP takes the same monitor and the same lock file around its own extraction.
        synchronized (Runtime.getRuntime()) {
            try (FileChannel channel = FileChannel.open(
                            folder().resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                return broken.stream()
                        .filter(library -> lock.isValid() && !library.isWhole())
                        .map(Library::extract)
                        .toList();
            }
        }
    }

    private static Stream<Library> libraries() {
        return LANDMARKS.stream()
                .filter(name -> !name.equals(FOR_CPUS) || resource(CUDA) == null) // of two builds JavaCPP takes CUDA's
                .map(NativeCache::resource)
                .flatMap(landmark -> landmark == null || !landmark.getProtocol().equals("jar")
                        ? Stream.empty() // not in this build, or in a folder, from which JavaCPP loads directly
                        : neighbours(landmark));
    }

    private static @Nullable URL resource(String name) {
        return NativeCache.class.getClassLoader().getResource(name.formatted(Loader.getPlatform()));
    }

    private static Stream<Library> neighbours(URL landmark) {
        try {
            JarURLConnection connection = (JarURLConnection) landmark.openConnection();
            JarFile jar = connection.getJarFile();
            String inside = connection
                    .getEntryName()
                    .substring(0, connection.getEntryName().lastIndexOf('/') + 1);
            Path target = folder().resolve(Path.of(jar.getName()).getFileName()).resolve(inside);
            return jar.stream()
                    .filter(entry -> entry.getName().startsWith(inside)
                            && entry.getName().contains(".so"))
                    .map(entry -> new Library(
                            jar, entry, target.resolve(entry.getName().substring(inside.length()))));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + landmark, e);
        }
    }

    private static IllegalStateException failure(Path file, IOException cause) {
        long free = folder().toFile().getUsableSpace();
        return new IllegalStateException(
                "cannot extract " + file.getFileName() + " to " + folder() + " (" + cause + "), " + free / 1_000_000
                        + " MB free; free space or set -Dorg.bytedeco.javacpp.cachedir=DIR to another place",
                cause);
    }

    private record Library(JarFile jar, JarEntry entry, Path file) {
        /** JavaCPP's own check: it extracts a library again, in place, when this is false. */
        boolean isWhole() {
            try {
                return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && Files.size(file) == entry.getSize()
                        && Files.getLastModifiedTime(file).toMillis() == entry.getTime();
            } catch (IOException e) {
                return false;
            }
        }

        Path extract() {
            // Always the same name: what a killed JVM left is overwritten, not gathered.
            Path part = file.resolveSibling(file.getFileName() + ".part");
            try {
                Files.createDirectories(file.getParent());
                AtomicFile.replace(part, file, path -> {
                    try (InputStream bytes = jar.getInputStream(entry)) {
                        Files.copy(bytes, path, StandardCopyOption.REPLACE_EXISTING);
                    }
                    Files.setLastModifiedTime(path, FileTime.fromMillis(entry.getTime()));
                });
                return file;
            } catch (IOException e) {
                throw failure(file, e);
            }
        }
    }
}
