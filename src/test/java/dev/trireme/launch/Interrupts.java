package dev.trireme.launch;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A shell ignores SIGINT for what it starts in the background, and so do all processes below it. */
public final class Interrupts {
    private static final String IGNORED = "SigIgn:";
    private static final int SIGINT_BIT = 1 << 1; // signal 2

    private Interrupts() {}

    /** Skips a test of SIGINT where processes that it starts would not hear one. */
    public static void assumeHeard() throws IOException {
        assumeFalse(
                Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith(IGNORED))
                        .map(line -> line.substring(IGNORED.length()).strip())
                        .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & SIGINT_BIT) != 0),
                "started where SIGINT is ignored, as by a shell in the background");
    }
}
