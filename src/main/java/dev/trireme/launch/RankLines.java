package dev.trireme.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a rank's standard output to its end, line by line, on a thread of its own. */
final class RankLines {
    private static final Logger LOG = LoggerFactory.getLogger(RankLines.class);

    private RankLines() {}

    static Thread read(InputStream source, Consumer<String> lines) {
        Thread reader = new Thread(() -> pass(source, lines), "lines of rank 0");
        reader.setDaemon(true);
        reader.start();
        return reader;
    }

    private static void pass(InputStream source, Consumer<String> lines) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(source, StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines);
        } catch (IOException | java.io.UncheckedIOException e) {
            LOG.debug("the output of rank 0 broke off", e);
        }
    }
}
