package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that grows by whole records while a run goes on. While the disk is full, records are left out, counted and told of,
 * unless the run is to end: it is worth more than its numbers.
 *
 * <pre>
 *   record record rec            cannot be written: cut off again, and said once
 *   record record       record   can be written again: says how many are missing
 * </pre>
 */
final class RecordFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordFile.class);

    private final Path file;
    private final RandomAccessFile output; // an interrupt of the training thread would close a channel
    private final boolean endsOnError;
    private long length;
    private long missing;

    private RecordFile(Path file, RandomAccessFile output, boolean endsOnError) throws IOException {
        this.file = file;
        this.output = output;
        this.endsOnError = endsOnError;
        this.length = output.length();
    }

    /** Opens a file without the records that it may have. */
    static RecordFile create(Path file, boolean endsOnError) {
        RecordFile records = append(file, endsOnError);
        records.length = 0;
        records.cut();
        return records;
    }

    /** Opens a file to add records to those that it may have. */
    static RecordFile append(Path file, boolean endsOnError) {
        try {
            return new RecordFile(file, new RandomAccessFile(file.toFile(), "rw"), endsOnError);
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
    }

    /** Adds a record, which other processes see at once. */
    void write(byte[] record) {
        try {
            output.seek(length);
            output.write(record);
        } catch (IOException e) {
            cut();
            CheckpointException failure = new CheckpointException(file, e);
            if (endsOnError) {
                throw failure;
            }
            if (missing == 0) {
                LOG.warn("the run goes on, but its numbers are not written: {}", failure.getMessage());
            }
            missing++;
            return;
        }
        length += record.length;
        tellMissing();
    }

    @Override
    public void close() {
        tellMissing();
        try {
            output.close();
        } catch (IOException e) {
            LOG.warn("{}: the last numbers may be missing ({})", file, e.toString());
        }
    }

    private void tellMissing() {
        if (missing > 0) {
            LOG.warn("{}: {} records are missing, which could not be written", file, missing);
            missing = 0;
        }
    }

    /** Nobody is to take half a record for one. */
    private void cut() {
        try {
            output.setLength(length);
        } catch (IOException e) {
            LOG.debug("{} keeps half a record until the next", file, e);
        }
    }
}
