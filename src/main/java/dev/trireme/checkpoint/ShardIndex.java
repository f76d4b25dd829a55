package dev.trireme.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a {@code model.safetensors.index.json}: which tensor is in which file.
 *
 * <pre>
 *   {"metadata": {"total_size": 24}, "weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors", …}}
 * </pre>
 */
final class ShardIndex {
    private static final long LARGEST_FILE = 64_000_000;

    private final Path file;
    private final JsonParser parser;
    private final Map<String, String> shards = new LinkedHashMap<>();
    private boolean mapped;

    private ShardIndex(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /** Tensor names and the names of their files, which are still any text. */
    static Map<String, String> read(Path file) {
        try (InputStream input = Files.newInputStream(file);
                JsonParser parser = StrictJson.FACTORY.createParser(input)) {
            if (Files.size(file) > LARGEST_FILE) {
                throw new BadInputException(file + ": is larger than " + LARGEST_FILE + " bytes; use a plain index");
            }
            ShardIndex index = new ShardIndex(file, parser);
            index.parse();
            return index.shards;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(
                    file + ":" + line + ": " + e.getOriginalMessage() + "; write it as strict JSON", e);
        } catch (IOException e) {
            throw new BadInputException(file + ": cannot be read (" + e + "); check the file", e);
        }
    }

    private void parse() throws IOException {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "the index");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isMap = parser.currentName().equals("weight_map");
            parser.nextToken();
            if (isMap) {
                parseMap();
            } else {
                parser.skipChildren();
            }
        }
        if (!mapped) {
            throw malformed("the index has no weight_map");
        }
        if (parser.nextToken() != null) {
            throw malformed("the index goes on after its last }");
        }
    }

    private void parseMap() throws IOException {
        mapped = true;
        Map<String, String> files = new HashMap<>();
        expect(parser.currentToken(), JsonToken.START_OBJECT, "weight_map");
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String tensor = parser.currentName();
            expect(parser.nextToken(), JsonToken.VALUE_STRING, "the file of tensor " + tensor);
            if (shards.size() == StrictJson.MOST_TENSORS) {
                throw malformed(
                        "there are more than the " + StrictJson.MOST_TENSORS + " tensors that a model may have");
            }
            // One text for all tensors of a file.
            shards.put(tensor, files.computeIfAbsent(parser.getText(), name -> name));
        }
    }

    private void expect(@Nullable JsonToken token, JsonToken wanted, String what) {
        if (token != wanted) {
            throw malformed(what + " is " + token + " instead of " + wanted);
        }
    }

    private BadInputException malformed(String what) {
        return new BadInputException(file + ":" + parser.currentTokenLocation().getLineNr() + ": " + what
                + "; write the index as save_pretrained does");
    }
}
