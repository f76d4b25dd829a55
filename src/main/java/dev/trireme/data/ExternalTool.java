package dev.trireme.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs an external program with a time limit. */
final class ExternalTool {
    private static final int SHOWN_CHARACTERS = 2_000;

    private ExternalTool() {}

    /**
     * Runs a command that must succeed.
     *
     * @param folder to run in; its output is kept there until it ends
     * @param limit how long it may take
     * @param cure what to do when it fails, for the error
     * @param command program and arguments
     * @throws IllegalStateException with the end of its output if it is missing, fails or takes too long
     */
    static void run(Path folder, Duration limit, String cure, List<String> command) throws IOException {
        String shown = "`" + String.join(" ", command) + "`";
        // A file takes any amount of output; a pipe that nobody empties would stop the program.
        Path output = Files.createTempFile(folder, "output", ".txt");
        try {
            Process process = start(
                    shown,
                    cure,
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile()));
            String outcome = outcome(process, limit);
            if (!outcome.isEmpty()) {
                throw new IllegalStateException(shown + " " + outcome + ": " + end(output) + "; " + cure);
            }
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static Process start(String shown, String cure, ProcessBuilder builder) {
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new IllegalStateException(shown + " cannot be started (" + e.getMessage() + "); " + cure, e);
        }
    }

    private static String outcome(Process process, Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return "took longer than " + limit.toMillis() + " ms and was ended";
            }
            return process.exitValue() == 0 ? "" : "failed with exit code " + process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "was interrupted and ended";
        } finally {
            // Its children first, as long as they can be found through it.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static String end(Path output) throws IOException {
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
        return text.isEmpty() ? "no output" : text.substring(Math.max(0, text.length() - SHOWN_CHARACTERS));
    }
}
