package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls and the receipts of their answers, a line of JSON each, appended to a file. Holds prompts: it is there if asked for. */
public final class RequestLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    private final Path file;
    private final Writer out;
    private boolean failed; // told once

    private RequestLog(Path file, Writer out) {
        this.file = file;
        this.out = out;
    }

    /**
     * Opens a log to append to.
     *
     * @param file made if it is not there, for its owner's eyes only where the file system can
     * @return the log, which the caller closes
     * @throws BadInputException when it cannot be written
     */
    public static RequestLog open(Path file) {
        Objects.requireNonNull(file, "file");
        try {
            return new RequestLog(
                    file,
                    Files.newBufferedWriter(
                            file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be written (" + e + "); name another file for the log", e);
        }
    }

    /** A disk that is full is told once; requests go on. */
    synchronized void add(LoggedCall call, ObjectNode receipt) {
        ObjectNode line = call.json();
        line.set("receipt", receipt);
        try {
            out.write(line + "\n");
            out.flush();
        } catch (IOException e) {
            if (!failed) {
                LOG.error("{}: requests are no longer logged", file, e);
                failed = true;
            }
        }
    }

    @Override
    public synchronized void close() {
        try {
            out.close();
        } catch (IOException e) {
            LOG.error("{}: the end of the log was not written", file, e);
        }
    }
}
