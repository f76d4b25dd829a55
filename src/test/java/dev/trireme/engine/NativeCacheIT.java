package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a copy of this machine's cache, in a JVM of its own. */
@Timeout(180)
class NativeCacheIT {
    private static final int OK = 0;

    @TempDir
    Path copy;

    @BeforeEach
    void copyTheCache() throws IOException {
        NativeLibrary.warmCache();
        Path cache = NativeLibrary.cacheFolder();
        try (Stream<Path> files = Files.walk(cache)) {
            for (Path file : files.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .toList()) {
                Path target = copy.resolve(cache.relativize(file));
                Files.createDirectories(target.getParent());
                linkOrCopy(file, target);
            }
        }
    }

    @Test
    void aWholeCacheIsLeftAlone() throws Exception {
        assertThat(probe(OK)).isEqualTo("loaded\n");
    }

    @Test
    void aLibraryThatAKilledProcessLeftHalfIsExtractedAgain() throws Exception {
        Path library = find("libtorch_cpu.so");
        long size = Files.size(library);
        truncate(library, 50_000_000);

        assertThat(probe(OK)).isEqualTo("extracted libtorch_cpu.so\nloaded\n");
        assertThat(library).hasSize(size);
    }

    @Test
    void aCacheThatCannotBeWrittenIsNamedWithTheCure() throws Exception {
        Path library = find("libjnitorch_gloo.so");
        Files.delete(library);
        Files.createDirectories(library.resolve("in the way"));

        assertThat(probe(1))
                .contains("cannot extract libjnitorch_gloo.so to " + copy.toRealPath())
                .contains("MB free; free space or set -Dorg.bytedeco.javacpp.cachedir=DIR");
    }

    @Test
    void aStageMayBeTheFirstThatNeedsTheLibraries() throws Exception {
        assertThat(run(FirstUse.class, OK))
                .startsWith("stage of layers")
                .contains("JavaCPP's binding of libtorch: false"); // which would take longer than libtorch itself
    }

    private String probe(int exitCode) throws IOException, InterruptedException {
        return run(CacheProbe.class, exitCode);
    }

    private String run(Class<?> main, int exitCode) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.bytedeco.javacpp.cachedir=" + copy,
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(exitCode);
        return output.replaceAll("(?m)^(WARNING: .*)?\\n", ""); // newer JVMs want a flag for native libraries
    }

    private Path find(String name) throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            return files.filter(path -> path.endsWith(name)).findFirst().orElseThrow();
        }
    }

    /** Not in place: the file may be a link to the cache's own. */
    private static void truncate(Path file, int size) throws IOException {
        Path part = file.resolveSibling("short");
        try (FileChannel source = FileChannel.open(file);
                FileOutputStream target = new FileOutputStream(part.toFile())) {
            source.transferTo(0, size, target.getChannel());
        }
        Files.delete(file);
        Files.move(part, file);
    }

    static void linkOrCopy(Path file, Path target) throws IOException {
        try {
            Files.createLink(target, file);
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES); // another file system
        }
    }
}
