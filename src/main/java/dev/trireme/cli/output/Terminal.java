package dev.trireme.cli.output;

import java.io.Console;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Whether standard output and standard error are terminals, and how wide. */
public final class Terminal {
    private static final int STANDARD_OUTPUT = 1;
    private static final int STANDARD_ERROR = 2;
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    /** Width of the terminal of standard output; 0 for a file, a pipe, or a terminal that cannot redraw a line. */
    public static int columns() {
        return isInteractive() && !isDumb() ? width() : 0;
    }

    /** Width of the terminal of standard error, or 0. */
    public static int columnsOfErrors() {
        return isTerminal(STANDARD_ERROR) && !isDumb() ? width() : 0;
    }

    /** Whether standard output is a terminal, which shows output at once and beside errors. */
    public static boolean showsOutput() {
        return isTerminal(STANDARD_OUTPUT);
    }

    /** Whether a file descriptor is a terminal, by /proc: Java only tells whether input and output both are. */
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

    @SuppressWarnings("SystemConsoleNull") // both ways of old and new releases are asked
    private static boolean isInteractive() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try { // from Java 22 on there is a console without a terminal too, and a method that tells
            return (boolean) MethodHandles.publicLookup()
                    .findVirtual(Console.class, "isTerminal", MethodType.methodType(boolean.class))
                    .invokeExact(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot ask whether there is a terminal", e);
        }
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
