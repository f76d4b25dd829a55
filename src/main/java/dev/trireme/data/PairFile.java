package dev.trireme.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.data.Utf8Lines.Line;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One corpus file, TAB-separated or JSON lines. */
final class PairFile {
    private PairFile() {}

    /** All pairs in the order of the file, at least one. */
    static List<Pair> read(Path file, CorpusOptions options) {
        Function<Line, Pair> parser = parser(file, options);
        List<Pair> pairs = new ArrayList<>();
        Utf8Lines.forEach(file, line -> pairs.add(parser.apply(line)));
        if (pairs.isEmpty()) {
            throw new BadInputException(file + ": is empty; put one pair on each line");
        }
        return pairs;
    }

    private static Function<Line, Pair> parser(Path file, CorpusOptions options) {
        String name = file.toString();
        if (name.endsWith(".tsv")) {
            return PairFile::separated;
        }
        if (name.endsWith(".jsonl")) {
            return line -> json(line, options);
        }
        if (Files.notExists(file)) {
            throw new BadInputException(file + ": there is no such file or folder; name a .tsv or .jsonl file, or a"
                    + " folder with train, validation and test files");
        }
        throw new BadInputException(
                file
                        + ": is neither .tsv nor .jsonl nor a folder; use source TAB target in a .tsv file, or an object on each line of a .jsonl file");
    }

    private static Pair separated(Line line) {
        String text = line.text();
        int tab = text.indexOf('\t');
        if (tab < 0 || text.indexOf('\t', tab + 1) >= 0) {
            throw line.bad("has " + (tab < 0 ? "no TAB" : "more than one TAB") + "; write source TAB target");
        }
        return pair(line, text.substring(0, tab), text.substring(tab + 1));
    }

    private static Pair json(Line line, CorpusOptions options) {
        try {
            JsonNode row = Json.STRICT.readTree(line.text());
            JsonNode texts = row.has("translation") ? row.get("translation") : row;
            return pair(line, text(line, texts, options.sourceKey()), text(line, texts, options.targetKey()));
        } catch (JsonProcessingException e) {
            throw line.bad("is not JSON (" + e.getOriginalMessage() + "); write one object on each line");
        }
    }

    private static String text(Line line, JsonNode texts, String key) {
        JsonNode value = texts.path(key);
        if (!value.isTextual()) {
            List<String> keys =
                    texts.properties().stream().map(Map.Entry::getKey).limit(10).toList();
            throw line.bad((value.isMissingNode() ? "has no key \"" : "has no text under \"") + key + "\" but " + keys
                    + "; name the keys of source and target, or write {\"translation\": {\"" + key + "\": …}}");
        }
        return value.textValue();
    }

    private static Pair pair(Line line, String source, String target) {
        return new Pair(checked(line, "source", source), checked(line, "target", target));
    }

    private static String checked(Line line, String side, String text) {
        if (text.isBlank()) {
            throw line.bad("has an empty " + side + "; fill it in or drop the line");
        }
        if (text.indexOf('\0') >= 0) {
            throw line.bad("has a NUL character in its " + side + "; write plain text");
        }
        try {
            Text.requireWholeCharacters(text);
        } catch (IllegalArgumentException e) {
            throw line.bad(String.valueOf(e.getMessage()));
        }
        return text.strip();
    }
}
