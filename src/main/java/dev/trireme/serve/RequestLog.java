package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls and the receipts of their answers, a line of JSON each, appended to a file. Holds prompts: it is there if asked for. */
public final class RequestLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RequestLog.class);

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path file;
    private final OutputStream out;
    private boolean failed; // told once

    private RequestLog(Path file, OutputStream out) {
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
            if (Files.notExists(file)
                    && FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            }
            return new RequestLog(
                    file, Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be written (" + e + "); name another file for the log", e);
        }
    }

    /** A disk that is full is told once; requests go on. */
    synchronized void add(CallStamp call, ObjectNode receipt) {
        byte[] end = (",\"receipt\":" + receipt + "}\n").getBytes(StandardCharsets.UTF_8);
        byte[] line = Arrays.copyOf(call.json(), call.json().length - 1 + end.length); // over its last brace
        System.arraycopy(end, 0, line, line.length - end.length, end.length);
        try {
            out.write(line);
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
