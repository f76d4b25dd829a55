package dev.trireme.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Pair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes pairs as {@code {"translation": {"de": …, "en": …}}}, one a line, in order. {@code Corpora} reads
 * such files too, but samples from them.
 */
final class PairLines {
    private static final String SOURCE = CorpusOptions.DEFAULTS.sourceKey();
    private static final String TARGET = CorpusOptions.DEFAULTS.targetKey();

    private PairLines() {}

    static void write(Path file, List<Pair> pairs) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Pair pair : pairs) {
            ObjectNode line = JsonNodeFactory.instance.objectNode();
            line.putObject("translation").put(SOURCE, pair.source()).put(TARGET, pair.target());
            lines.add(Json.text(Json.WRITER, line));
        }
        Files.write(file, lines);
    }

    static List<Pair> read(Path file) {
        List<Pair> pairs = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                JsonNode pair = Json.READER.readTree(line).required("translation");
                pairs.add(new Pair(
                        pair.required(SOURCE).asText(), pair.required(TARGET).asText()));
            }
            return pairs;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new BadInputException(file + ":" + (pairs.size() + 1) + ": is no pair; prepare the run again", e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); prepare the run again", e);
        }
    }
}
