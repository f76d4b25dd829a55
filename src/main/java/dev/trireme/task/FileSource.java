package dev.trireme.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.data.Utf8Lines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The documents of a file or folder.
 *
 * @param files {@code .txt}, of which each is a document, and {@code .jsonl}, of which each line is
 * @param form of the documents
 * @param hasPieces whether lines may be pieces of documents, as those of a prepared run are
 */
record FileSource(List<Path> files, DocumentForm form, boolean hasPieces) implements DocumentSource {
    static FileSource of(Path data, DocumentForm form) {
        if (!Files.isDirectory(data)) {
            if (Files.notExists(data)) {
                throw new BadInputException(data + ": there is no such file or folder; name a .txt or .jsonl file, or a"
                        + " folder of them");
            }
            if (!isText(data) && !isLines(data)) {
                throw new BadInputException(data + ": is neither .txt nor .jsonl; name it so if it is");
            }
            return new FileSource(List.of(data), form, false);
        }
        try (Stream<Path> all = Files.walk(data)) {
            List<Path> files = all.filter(Files::isRegularFile)
                    .filter(file -> isText(file) || isLines(file))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new BadInputException(data + ": has no .txt or .jsonl file; put some there");
            }
            return new FileSource(files, form, false);
        } catch (IOException e) {
            throw new BadInputException(data + ": cannot be read (" + e + "); check its permissions", e);
        }
    }

    /** A part of a run. */
    static FileSource ofRun(Path part, DocumentForm form) {
        return new FileSource(List.of(part), form, true);
    }

    private static boolean isText(Path file) {
        return file.toString().endsWith(".txt");
    }

    private static boolean isLines(Path file) {
        return file.toString().endsWith(".jsonl");
    }

    @Override
    public Optional<Path> onlyText() {
        return files.size() == 1 && isText(files.get(0)) ? Optional.of(files.get(0)) : Optional.empty();
    }

    @Override
    public int read(Consumer<JsonNode> check, Sink sink) {
        int[] next = {0};
        for (Path file : files) {
            if (isText(file)) {
                readText(file, next[0]++, sink);
            } else {
                int before = next[0];
                Utf8Lines.forEach(file, LONGEST_LINE, line -> readLine(line, check, next[0]++, sink));
                if (next[0] == before) {
                    throw new BadInputException(file + ": is empty; put one JSON object on each line");
                }
            }
        }
        return next[0];
    }

    private void readLine(Utf8Lines.Line line, Consumer<JsonNode> check, int document, Sink sink) {
        JsonNode row = TaskFinder.parse(line);
        try {
            check.accept(row);
        } catch (IllegalArgumentException e) {
            throw line.bad(String.valueOf(e.getMessage()));
        }
        List<String> lines = hasPieces ? List.of(line.text()) : form.lines(row, line.text());
        lines.forEach(one -> sink.accept(document, one));
    }

    private void readText(Path file, int document, Sink sink) {
        if (!(form instanceof TextForm)) {
            throw new BadInputException(file + ": is plain text, which is for task text; use .jsonl");
        }
        String[] last = {""};
        TextPieces.forEach(file, TextPieces.USUAL, piece -> {
            if (!last[0].isEmpty()) {
                sink.accept(document, TextForm.line(last[0], true));
            }
            last[0] = piece;
        });
        sink.accept(document, TextForm.line(last[0], false));
    }
}
