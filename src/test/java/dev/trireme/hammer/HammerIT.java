package dev.trireme.hammer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that eight threads do to a class that owns native memory ends the process, or hangs. */
class HammerIT {
    /** Of each of ten classes; {@code -Dtrireme.hammer.operations} for more. */
    private static final String OPERATIONS = System.getProperty("trireme.hammer.operations", "20000");

    private static final int PATIENCE_SECONDS = 900;

    @TempDir
    Path folder;

    @Test
    @Timeout(PATIENCE_SECONDS + 60)
    void onlyDocumentedExceptionsComeOfWhateverThreadsDoTogether() throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx1g",
                        "-Dorg.bytedeco.javacpp.maxbytes=0",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                        "-XX:ErrorFile=" + folder.resolve("crash.log"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Hammer.class.getName(),
                        OPERATIONS)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as(() -> "it has not ended: " + read(output))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(() -> report(output)).isZero();
        List<String> counts = Files.readAllLines(output).stream()
                .filter(line -> line.contains("use: done="))
                .toList();
        counts.forEach(System.out::println);
        assertThat(counts).hasSameSizeAs(Victims.all().keySet());
    }

    private String report(Path output) {
        try (Stream<Path> files = Files.list(folder)) {
            String crash = files.filter(file -> file.endsWith("crash.log"))
                    .map(file -> "crash report " + file + ":\n" + String.join("\n", head(file)) + "\n")
                    .findFirst()
                    .orElse("");
            return crash + read(output);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<String> head(Path file) {
        return read(file).lines().limit(60).toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
