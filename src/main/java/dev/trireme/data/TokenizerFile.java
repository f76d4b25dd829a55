package dev.trireme.data;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trireme.config.BadInputException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A {@code tokenizer.json}, checked before native code sees it: the ids of all tokens and the text itself. */
final class TokenizerFile {
    private static final long MAX_BYTES = 64L << 20;
    private static final String CURE = "; give the tokenizer.json of a trained model, or train a tokenizer";
    private static final int MAX_ID = 9_999_999;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path path;
    private final String json;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> tokens = new HashMap<>();

    /** Reads and checks {@code path}; throws {@link BadInputException} naming file and cure. */
    static TokenizerFile read(Path path) {
        return new TokenizerFile(path);
    }

    private TokenizerFile(Path path) {
        this.path = path;
        this.json = readText();
        JsonNode root = parse();
        JsonNode model = root.path("model");
        require(
                model.path("type").asText("BPE").equals("BPE"),
                "model.type is " + model.path("type") + ", not \"BPE\"");
        readVocabulary(model.path("vocab"));
        readAddedTokens(root.path("added_tokens"));
        checkMerges(
                model.path("merges"), model.path("continuing_subword_prefix").asText(""));
    }

    String json() {
        return json;
    }

    /** All tokens, the added ones too, with their ids. */
    Map<String, Integer> ids() {
        return ids;
    }

    private String readText() {
        try {
            require(Files.isRegularFile(path), "no file of that name");
            long size = Files.size(path);
            require(size <= MAX_BYTES, size + " bytes are more than the " + MAX_BYTES + " a tokenizer may have");
            return Files.readString(path);
        } catch (CharacterCodingException e) {
            throw bad("not UTF-8", e);
        } catch (IOException e) {
            throw bad("cannot be read (" + e + ")", e);
        }
    }

    private JsonNode parse() {
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(path + ":" + line + ": not valid JSON: " + e.getOriginalMessage() + CURE, e);
        }
    }

    private void readVocabulary(JsonNode vocabulary) {
        require(vocabulary.isObject() && !vocabulary.isEmpty(), "model.vocab is not an object of tokens and ids");
        vocabulary.properties().forEach(entry -> addToken("model.vocab", entry.getKey(), entry.getValue()));
    }

    private void readAddedTokens(JsonNode added) {
        require(added.isMissingNode() || added.isNull() || added.isArray(), "added_tokens is not an array");
        int next = ids.size();
        for (JsonNode entry : added) {
            require(entry.path("content").isTextual(), "added_tokens has an entry without content: " + entry);
            String token = entry.path("content").asText();
            boolean isNew = !ids.containsKey(token);
            int id = addToken("added_tokens", token, entry.path("id"));
            // The library numbers new tokens itself, whatever the file says.
            if (isNew && id != next) {
                throw bad("added_tokens gives \"%s\" the id %d where %d comes next".formatted(token, id, next));
            }
            next = Math.max(next, id + 1);
        }
    }

    private int addToken(String place, String token, JsonNode idNode) {
        int id = idNode.isIntegralNumber() && idNode.canConvertToInt() ? idNode.asInt() : -1;
        if (id < 0 || id > MAX_ID) {
            throw bad("%s gives \"%s\" the id %s, not one of 0 to %d".formatted(place, token, idNode, MAX_ID));
        }
        Integer otherId = ids.putIfAbsent(token, id);
        if (otherId != null && otherId != id) {
            throw bad("%s gives \"%s\" the id %d, but it has %d already".formatted(place, token, id, otherId));
        }
        String otherToken = tokens.putIfAbsent(id, token);
        if (otherToken != null && !otherToken.equals(token)) {
            throw bad("%s gives \"%s\" the id %d, but \"%s\" has it already".formatted(place, token, id, otherToken));
        }
        return id;
    }

    private void checkMerges(JsonNode merges, String prefix) {
        require(merges.isArray(), "model.merges is not an array");
        for (int i = 0; i < merges.size(); i++) {
            JsonNode merge = merges.get(i);
            // Older files have "left right", newer ones ["left", "right"].
            List<String> pair = merge.isTextual()
                    ? List.of(merge.asText().split(" ", -1))
                    : List.of(merge.path(0).asText(), merge.path(1).asText());
            if (pair.size() != 2 || !ids.keySet().containsAll(pair)) {
                throw bad("model.merges[%d] is %s, not two tokens of the vocabulary".formatted(i, merge));
            }
            if (prefix.isEmpty() && !ids.containsKey(String.join("", pair))) {
                throw bad("model.merges[%d] is %s, but the vocabulary lacks the result".formatted(i, merge));
            }
        }
    }

    private void require(boolean condition, String problem) {
        if (!condition) {
            throw bad(problem);
        }
    }

    private BadInputException bad(String problem) {
        return new BadInputException(path + ": " + problem + CURE);
    }

    /** That {@code path} is no good, as {@code cause} found out. */
    BadInputException bad(String problem, Exception cause) {
        return new BadInputException(path + ": " + problem + CURE, cause);
    }
}
