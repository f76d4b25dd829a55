package dev.trireme.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards the output of a rank and keeps its last lines. Bytes of rank 0 pass unchanged, so that progress bars work;
 * lines of other ranks are prefixed with the rank.
 */
final class RankOutput {
    private static final Logger LOG = LoggerFactory.getLogger(RankOutput.class);
    private static final int KEPT_LINES = 50;
    private static final int BUFFER_BYTES = 8192;

    private final int rank;
    private final OutputStream target;
    private final ArrayDeque<String> tail = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Thread pump;

    private RankOutput(int rank, InputStream source, OutputStream target) {
        this.rank = rank;
        this.target = target;
        this.pump = new Thread(() -> pass(source), "output of rank " + rank);
    }

    static RankOutput of(int rank, InputStream source, OutputStream target) {
        RankOutput output = new RankOutput(rank, source, target);
        output.pump.setDaemon(true);
        output.pump.start();
        return output;
    }

    /** Waits until the rank has closed the pipe and everything is forwarded. */
    void drain(Duration patience) {
        try {
            pump.join(patience.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The last lines, the latest last. */
    synchronized List<String> tail() {
        return List.copyOf(tail);
    }

    private void pass(InputStream source) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (source) {
            for (int count = source.read(buffer); count >= 0; count = source.read(buffer)) {
                if (rank == 0) {
                    write(buffer, count);
                }
                for (int i = 0; i < count; i++) {
                    keep(buffer[i]);
                }
            }
            endLine();
        } catch (IOException e) {
            LOG.debug("output of rank {} broke off", rank, e);
        }
    }

    /** A carriage return ends a line too: progress bars have no other. */
    private void keep(byte next) throws IOException {
        if (next == '\n' || next == '\r' || line.size() == BUFFER_BYTES) {
            endLine();
        }
        if (next != '\n' && next != '\r') {
            line.write(next);
        }
    }

    private void endLine() throws IOException {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (text.isBlank()) {
            return;
        }
        if (rank > 0) {
            byte[] bytes = ("[rank " + rank + "] " + text + "\n").getBytes(StandardCharsets.UTF_8);
            write(bytes, bytes.length);
        }
        synchronized (this) {
            tail.add(text);
            if (tail.size() > KEPT_LINES) {
                tail.remove();
            }
        }
    }

    private void write(byte[] bytes, int count) throws IOException {
        synchronized (target) {
            target.write(bytes, 0, count);
            target.flush();
        }
    }
}
