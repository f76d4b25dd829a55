package dev.trireme.data.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A {@code tokenizer.json}, checked before native code sees it: the ids of all tokens and the text itself.
 *
 * <pre>
 *   model.type   BPE, WordPiece, WordLevel      Unigram
 *   model.vocab  {"token": id, …}, gaps allowed  [["piece", score], …], the index is the id
 * </pre>
 */
final class TokenizerFile {
    private static final long MAX_BYTES = 64L << 20;
    private static final String CURE = "; give the tokenizer.json of a trained model, or train a tokenizer";
    private static final int MAX_ID = 9_999_999;
    private static final int MAX_ADDED_TOKENS = 20_000; // the library compares each with all others
    private static final int MAX_ADDED_CHARACTERS = 256; // it takes time by their square
    private static final int MAX_NORMALIZED_CHARACTERS = 4096;
    private static final int MAX_PIECE_BYTES = 256; // of Unigram, which tries all pieces at each position
    private static final int MAX_WORD_CHARACTERS = 256; // of WordPiece, which tries all parts of a word
    private static final Set<String> MODELS = Set.of("BPE", "WordPiece", "WordLevel", "Unigram");

    private final Path path;
    private final boolean trusted;
    private final String json;
    private final String textJson;
    private final double growth;
    private final Optional<JsonNode> normalizer;
    private final List<String> normalizedTokens = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> tokens = new HashMap<>();
    private final Set<String> specialTokens;
    private int next;

    /**
     * Reads and checks {@code path}; throws {@link BadInputException} naming file and cure. Regular expressions of a
     * trusted file need no proof.
     */
    static TokenizerFile read(Path path, boolean trusted) {
        return new TokenizerFile(path, trusted);
    }

    private TokenizerFile(Path path, boolean trusted) {
        this.path = path;
        this.trusted = trusted;
        String text = readText();
        JsonNode root = parse(text);
        JsonNode model = root.path("model");
        String type = model.path("type").asText(likelyType(model));
        require(MODELS.contains(type), "model.type is " + model.path("type") + ", not one of " + MODELS);
        if (type.equals("Unigram")) {
            readPieces(model.path("vocab"));
        } else {
            readVocabulary(model.path("vocab"));
        }
        if (type.equals("BPE")) {
            checkMerges(
                    model.path("merges"),
                    model.path("continuing_subword_prefix").asText(""));
        }
        require(model.path("dropout").asDouble() == 0, "model.dropout makes the ids random; set it to null");
        JsonNode longest = model.path("max_input_chars_per_word");
        require(
                longest.asDouble() <= MAX_WORD_CHARACTERS,
                "model.max_input_chars_per_word is " + longest + ", more than " + MAX_WORD_CHARACTERS);
        readAddedTokens(root.path("added_tokens"));
        TokenizerComponents components = TokenizerComponents.check(root, this);
        this.growth = components.growth();
        this.json = components.rewritten() ? root.toString() : text;
        this.normalizer = Optional.of(root.path("normalizer")).filter(JsonNode::isObject);
        requireShortNormalizedTokens();
        this.specialTokens = StreamSupport.stream(root.path("added_tokens").spliterator(), false)
                .filter(token -> token.path("special").asBoolean())
                .map(token -> token.path("content").asText())
                .collect(Collectors.toUnmodifiableSet());
        this.textJson = SpecialTokensAsText.rewrite(root) ? root.toString() : json;
    }

    // Files of 2020 leave the type out.
    private static String likelyType(JsonNode model) {
        if (model.path("vocab").isArray()) {
            return "Unigram";
        }
        return model.has("merges") ? "BPE" : model.has("max_input_chars_per_word") ? "WordPiece" : "WordLevel";
    }

    boolean isTrusted() {
        return trusted;
    }

    String json() {
        return json;
    }

    /** The same tokenizer, but without encoding text as special tokens; {@link #json} itself if there are none. */
    String textJson() {
        return textJson;
    }

    /** The normalizer, if there is one. */
    Optional<JsonNode> normalizer() {
        return normalizer;
    }

    /** The added tokens that the normalizer changes before the library looks for them. */
    List<String> normalizedTokens() {
        return normalizedTokens;
    }

    /** Largest number of characters that the normalizers make of one. */
    double growth() {
        return growth;
    }

    /** All tokens, the added ones too, with their ids. */
    Map<String, Integer> ids() {
        return ids;
    }

    /** The id that the library gives to another added token. */
    int next() {
        return next;
    }

    /** The spellings of added tokens that are called special. */
    Set<String> specialTokens() {
        return specialTokens;
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

    private JsonNode parse(String text) {
        try {
            return Json.STRICT_TOKENIZER.readTree(text);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
            throw new BadInputException(path + ":" + line + ": not valid JSON: " + e.getOriginalMessage() + CURE, e);
        }
    }

    private void readVocabulary(JsonNode vocabulary) {
        require(vocabulary.isObject() && !vocabulary.isEmpty(), "model.vocab is not an object of tokens and ids");
        vocabulary.properties().forEach(entry -> addToken("model.vocab", entry.getKey(), entry.getValue()));
    }

    private void readPieces(JsonNode vocabulary) {
        require(vocabulary.isArray() && !vocabulary.isEmpty(), "model.vocab is not an array of pieces and scores");
        for (int id = 0; id < vocabulary.size(); id++) {
            JsonNode piece = vocabulary.get(id);
            String token = piece.path(0).asText();
            boolean whole = piece.size() == 2
                    && piece.path(0).isTextual()
                    && piece.path(1).isNumber();
            if (!whole || token.getBytes(UTF_8).length > MAX_PIECE_BYTES) {
                throw bad("model.vocab[%d] is %s, not a piece of up to %d bytes and its score"
                        .formatted(id, piece, MAX_PIECE_BYTES));
            }
            ids.put(token, id); // of two equal pieces the library gives the later
            tokens.put(id, token);
        }
    }

    private void readAddedTokens(JsonNode added) {
        require(added.isMissingNode() || added.isNull() || added.isArray(), "added_tokens is not an array");
        require(added.size() <= MAX_ADDED_TOKENS, "added_tokens has " + added.size() + " of " + MAX_ADDED_TOKENS);
        next = tokens.size();
        for (JsonNode entry : added) {
            String token = entry.path("content").asText();
            require(!token.isEmpty(), "added_tokens has an entry without content: " + entry);
            if (token.length() > MAX_ADDED_CHARACTERS) {
                throw bad("added_tokens has a token of %d characters, more than %d: \"%s…\""
                        .formatted(token.length(), MAX_ADDED_CHARACTERS, token.substring(0, 16)));
            }
            if (entry.path("normalized").asBoolean(true)) {
                normalizedTokens.add(token);
            }
            boolean isNew = !ids.containsKey(token);
            int id = addToken("added_tokens", token, entry.path("id"));
            // The library numbers new tokens itself, whatever the file says.
            if (isNew && id != next) {
                throw bad("added_tokens gives \"%s\" the id %d where %d comes next".formatted(token, id, next));
            }
            next = Math.max(next, id + 1);
        }
    }

    private void requireShortNormalizedTokens() {
        for (String token : normalizer.isPresent() ? normalizedTokens : List.<String>of()) {
            require(
                    token.length() * growth <= MAX_NORMALIZED_CHARACTERS,
                    "normalizer may make more than " + MAX_NORMALIZED_CHARACTERS + " characters of the added token \""
                            + token + "\"");
        }
    }

    private int addToken(String location, String token, JsonNode idNode) {
        int id = idNode.isIntegralNumber() && idNode.canConvertToInt() ? idNode.asInt() : -1;
        if (id < 0 || id > MAX_ID) {
            throw bad("%s gives \"%s\" the id %s, not one of 0 to %d".formatted(location, token, idNode, MAX_ID));
        }
        Integer otherId = ids.putIfAbsent(token, id);
        if (otherId != null && otherId != id) {
            throw bad("%s gives \"%s\" the id %d, but it has %d already".formatted(location, token, id, otherId));
        }
        String otherToken = tokens.putIfAbsent(id, token);
        if (otherToken != null && !otherToken.equals(token)) {
            throw bad(
                    "%s gives \"%s\" the id %d, but \"%s\" has it already".formatted(location, token, id, otherToken));
        }
        return id;
    }

    private void checkMerges(JsonNode merges, String prefix) {
        require(merges.isArray(), "model.merges is not an array");
        for (int i = 0; i < merges.size(); i++) {
            JsonNode merge = merges.get(i);
            List<String> pair = pair(merge);
            if (pair.size() != 2 || !ids.keySet().containsAll(pair)) {
                throw bad("model.merges[%d] is %s, not two tokens of the vocabulary".formatted(i, merge));
            }
            // The library cuts the prefix off unseen, and ends the process if it is not there.
            boolean prefixed = pair.get(1).startsWith(prefix);
            if (!prefixed || !ids.containsKey(pair.get(0) + pair.get(1).substring(prefix.length()))) {
                throw bad("model.merges[%d] is %s, but the vocabulary lacks the result".formatted(i, merge));
            }
        }
    }

    /** The tokens of a merge: older files have "left right", newer ones ["left", "right"]. */
    static List<String> pair(JsonNode merge) {
        return merge.isTextual()
                ? List.of(merge.asText().split(" ", -1))
                : List.of(merge.path(0).asText(), merge.path(1).asText());
    }

    /** Throws {@code bad(problem)} unless {@code condition}. */
    void require(boolean condition, String problem) {
        if (!condition) {
            throw bad(problem);
        }
    }

    private BadInputException bad(String problem) {
        return bad(problem, CURE);
    }

    /** The error for a problem of {@code path}; {@code cure} begins with a semicolon. */
    BadInputException bad(String problem, String cure) {
        return new BadInputException(path + ": " + problem + cure);
    }

    /** The error for a file that a reader refused. */
    BadInputException bad(String problem, Exception cause) {
        return new BadInputException(path + ": " + problem + CURE, cause);
    }
}
