package dev.trireme.cli.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Whether standard output and standard error are terminals, and how wide. JLine's terminal, which comes with the progress bar, would not serve: on
 * Java 17 and without native code it asks by several processes, which took 0.8 to 1.1 s where this one {@code stty} took
 * 0.1 s, and it takes every terminal for a dumb one when standard input is a file.
 */
public final class Terminal {
    private static final int STANDARD_INPUT = 0;
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    /** Width of the terminal of standard output; 0 for a file, a pipe, or a terminal that cannot redraw a line. */
    public static int columns() {
        return isTerminal(STANDARD_INPUT) && isTerminal(STANDARD_OUTPUT) && !isDumb() ? width() : 0;
    }

    /** Width of the terminal of standard error, or 0. */
    public static int columnsOfErrors() {
        return isTerminal(STANDARD_ERROR) && !isDumb() ? width() : 0;
    }

    /** Whether standard output is a terminal, which shows output at once and beside errors. */
    public static boolean showsOutput() {
        return isTerminal(STANDARD_OUTPUT);
    }

    /** Java's console tells only whether input and output are both one, and in a way that changed with release 22. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isDumb() {
        return System.getenv().getOrDefault("TERM", "dumb").equals("dumb");
    }

    private static int width() {
        try {
            Process process = new ProcessBuilder("stty", "size")
                    .redirectInput(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
            process.waitFor(1, TimeUnit.SECONDS);
            int columns = Integer.parseInt(answer.substring(answer.indexOf(' ') + 1));
            return columns > 0 ? columns : USUAL_COLUMNS;
        } catch (IOException | NumberFormatException e) {
            return USUAL_COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL_COLUMNS;
        }
    }
}
