package dev.trireme.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Utf8Lines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out what a corpus is for by looking at its first line. */
public final class TaskFinder {
    private TaskFinder() {}

    /**
     * The task that a corpus is for.
     *
     * @param data a file, or a folder of texts or with the files train, validation and test
     * @param options of pairs: the keys of their texts
     * @return the task
     * @throws BadInputException naming the file, what its first line has, and what it could have
     */
    public static Task of(Path data, CorpusOptions options) {
        NullChecks.require("data", data, "options", options);
        String name = data.toString();
        if (Files.isDirectory(data)) {
            Optional<Path> train = file(data, "train");
            return train.isPresent() ? of(train.get(), options) : ofFolder(data);
        }
        if (name.endsWith(".txt")) {
            return Task.TEXT;
        }
        return name.endsWith(".jsonl") ? ofLine(data, options) : Task.TRANSLATE; // whose reader names what it takes
    }

    private static Task ofFolder(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".txt")) ? Task.TEXT : Task.TRANSLATE;
        } catch (IOException e) {
            throw new BadInputException(folder + ": cannot be read (" + e + "); check its permissions", e);
        }
    }

    /** The file of a part within a folder. */
    static Optional<Path> file(Path folder, String part) {
        return Stream.of(".jsonl", ".tsv", ".txt")
                .map(ending -> folder.resolve(part + ending))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    private static Task ofLine(Path file, CorpusOptions options) {
        List<Task> found = new ArrayList<>();
        Utf8Lines.forEachWhile(file, DocumentSource.LONGEST_LINE, line -> {
            found.add(ofLine(line, options));
            return false;
        });
        return found.stream()
                .findFirst()
                .orElseThrow(() -> new BadInputException(file + ": is empty; put one JSON object on each line"));
    }

    private static Task ofLine(Utf8Lines.Line line, CorpusOptions options) {
        JsonNode row = parse(line);
        if (row.has("messages")) {
            return Task.CHAT;
        }
        if (row.has("translation") || (row.has(options.sourceKey()) && row.has(options.targetKey()))) {
            return Task.TRANSLATE;
        }
        if ((row.has("prompt") && row.has("completion")) || (row.has("instruction") && row.has("output"))) {
            return Task.INSTRUCT;
        }
        if (row.has("text")) {
            return Task.TEXT;
        }
        List<String> keys =
                row.properties().stream().map(Map.Entry::getKey).limit(10).toList();
        throw line.bad("has the keys " + keys + ", which are of no known task; use \"messages\", \"prompt\" and"
                + " \"completion\", \"instruction\" and \"output\", \"text\", or name the keys of a translation by"
                + " --source and --target");
    }

    static JsonNode parse(Utf8Lines.Line line) {
        try {
            return parse(line.text());
        } catch (IllegalArgumentException e) {
            throw line.bad(String.valueOf(e.getMessage()));
        }
    }

    /** Refuses what is no JSON object, without saying where it is. */
    static JsonNode parse(String text) {
        try {
            JsonNode row = Json.STRICT_FILE.readTree(text);
            if (row != null && row.isObject()) {
                return row;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "is not JSON (" + e.getOriginalMessage() + "); write one object on each line", e);
        }
        throw new IllegalArgumentException("is no JSON object; write one object on each line");
    }
}
