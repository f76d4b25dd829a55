package dev.trireme.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Encoded documents in a folder, one after the other.
 *
 * <pre>
 *   ids       int32 for each token
 *   learned   a byte for each token, 1 where it is learned; not of plain texts, all of which is
 *   ends      int64 for each document: the number of the token after its last
 *   corpus.json   counts, written last
 * </pre>
 */
final class EncodedCorpus {
    static final String IDS = "ids";
    static final String LEARNED = "learned";
    static final String ENDS = "ends";
    static final String COUNTS = "corpus.json";

    /**
     * What is in the files.
     *
     * @param documents how many
     * @param tokens of all
     * @param labels of them, how many are learned
     * @param bytes of the learned text in UTF-8
     */
    record Counts(int documents, long tokens, long labels, long bytes) {}

    private final Counts counts;
    private final MappedFile ids;
    private final MappedFile learned;
    private final MappedFile ends;

    private EncodedCorpus(Path folder, Counts counts) {
        this.counts = counts;
        this.ids = MappedFile.open(folder.resolve(IDS));
        this.learned = MappedFile.open(folder.resolve(LEARNED));
        this.ends = MappedFile.open(folder.resolve(ENDS));
        if (ids.bytes() != Integer.BYTES * counts.tokens
                || ends.bytes() != (long) Long.BYTES * counts.documents
                || (learned.bytes() != 0 && learned.bytes() != counts.tokens)) {
            throw new BadInputException(
                    folder + ": its files do not fit each other; remove the folder to have it made" + " again");
        }
    }

    static EncodedCorpus open(Path folder) {
        Path file = folder.resolve(COUNTS);
        try {
            return new EncodedCorpus(folder, Json.READER.readValue(Files.readString(file), Counts.class));
        } catch (JsonProcessingException e) {
            throw new BadInputException(file + ": " + e.getOriginalMessage() + "; remove its folder", e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); remove its folder", e);
        }
    }

    Counts counts() {
        return counts;
    }

    int id(long token) {
        return ids.intAt(token);
    }

    boolean isLearned(long token) {
        return learned.bytes() == 0 || learned.byteAt(token) != 0;
    }

    long begin(int document) {
        return document == 0 ? 0 : ends.longAt(document - 1);
    }

    long end(int document) {
        return ends.longAt(document);
    }

    /** The document that a token is in. */
    int documentOf(long token) {
        int low = 0;
        int high = counts.documents - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(middle) > token) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
