package dev.trireme.task;

import dev.trireme.config.BadInputException;
import dev.trireme.config.NullChecks;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a corpus into training, validation and test documents, which go into a folder as JSON lines. */
public final class Parts implements AutoCloseable {
    /** The parts, in the order of their numbers. */
    public static final List<String> NAMES = List.of("train", "validation", "test");

    private static final int PIECES = 40; // of a single text
    private static final int HELD_SHARE = 20; // of which one is for validation, and one for test
    private static final long MOST_HELD = 1 << 20; // characters
    private static final int LEAST_PIECE = 64;

    private final List<BufferedWriter> writers = new ArrayList<>();

    private Parts(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String name : NAMES) {
            writers.add(Files.newBufferedWriter(folder.resolve(name + ".jsonl")));
        }
    }

    /**
     * Splits a corpus at random, by document. A folder with files {@code train}, {@code validation} and {@code test} is split
     * already. A single text is cut: its end is for validation and test, a twentieth each, at most 2^20 characters.
     *
     * @param data file or folder
     * @param form of the documents
     * @param sizes of the parts
     * @param folder gets {@code train.jsonl}, {@code validation.jsonl} and {@code test.jsonl}
     * @throws BadInputException naming file, line and cure, where a document is not what it should be
     * @throws IOException when the disk is full or fails
     */
    static void write(Path data, DocumentForm form, PartSizes sizes, Path folder) throws IOException {
        NullChecks.require("data", data, "form", form, "sizes", sizes, "folder", folder);
        try (Parts parts = new Parts(folder)) {
            if (Files.isDirectory(data) && TaskFinder.file(data, "train").isPresent()) {
                parts.copy(data, form);
                return;
            }
            DocumentSource source = FileSource.of(data, form);
            Optional<Path> only = source.onlyText();
            if (only.isPresent()) {
                parts.cut(only.get());
                return;
            }
            parts.divide(source, form, sizes, data.toString());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Splits documents of a program at random. */
    static void write(Iterable<Document> documents, DocumentForm form, PartSizes sizes, Path folder)
            throws IOException {
        try (Parts parts = new Parts(folder)) {
            parts.divide(DocumentSource.of(documents, form), form, sizes, "the data");
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void divide(DocumentSource source, DocumentForm form, PartSizes sizes, String name) {
        int documents = source.read(form::check, (document, line) -> {});
        byte[] chosen = sizes.parts(documents, name);
        source.read(DocumentSource.NO_CHECK, (document, line) -> add(chosen[document], line));
    }

    private void copy(Path data, DocumentForm form) {
        boolean ofRun = Files.isRegularFile(data.toAbsolutePath().resolveSibling("config.json"));
        for (int part = 0; part < NAMES.size(); part++) {
            int number = part;
            String name = NAMES.get(part);
            Path file = TaskFinder.file(data, name)
                    .orElseThrow(() -> new BadInputException(
                            data + ": has no " + name + ".jsonl or .txt beside its" + " train file; put one there"));
            FileSource source = ofRun ? FileSource.ofRun(file, form) : FileSource.of(file, form);
            source.read(form::check, (document, line) -> add(number, line));
        }
    }

    private void cut(Path file) {
        long[] characters = {0};
        TextPieces.forEach(file, TextPieces.USUAL, piece -> characters[0] += piece.length());
        int most = (int) Math.max(LEAST_PIECE, Math.min(TextPieces.USUAL, characters[0] / PIECES));
        long held = Math.min(MOST_HELD, characters[0] / HELD_SHARE);
        List<String> last = new ArrayList<>(List.of("", "", ""));
        long[] at = {0};
        TextPieces.forEach(file, most, piece -> {
            long left = characters[0] - at[0];
            int part = left > 2 * held ? 0 : left > held ? 1 : 2;
            if (!last.get(part).isEmpty()) {
                add(part, TextForm.line(last.get(part), true));
            }
            last.set(part, piece);
            at[0] += piece.length();
        });
        for (int part = 0; part < NAMES.size(); part++) {
            if (last.get(part).isEmpty()) {
                throw new BadInputException(
                        file + ": is too short to be cut into parts for training, validation and test;" + " bring "
                                + LEAST_PIECE * PIECES + " characters or more, or a folder with a file for each");
            }
            add(part, TextForm.line(last.get(part), false));
        }
    }

    private void add(int part, String line) {
        if (part < 0) {
            return;
        }
        try {
            writers.get(part).write(line);
            writers.get(part).write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (BufferedWriter writer : writers) {
            try {
                writer.close();
            } catch (IOException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
    }
}
