package dev.trireme.data.tokenizer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.BadInputException;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/** Adds special tokens to the files of a tokenizer. */
public final class AddedTokens {
    private static final String DECODER = "added_tokens_decoder";

    private AddedTokens() {}

    /**
     * The id that the first new token gets.
     *
     * @param tokenizer a {@code tokenizer.json}
     * @param tokens to add, in order
     * @return the number after the ids of all tokens that it has
     * @throws BadInputException when the file is no whole tokenizer
     * @throws IllegalArgumentException when a token is empty, given twice, or there already
     */
    public static int first(Path tokenizer, List<String> tokens) {
        NullChecks.require("tokenizer", tokenizer, "tokens", tokens);
        TokenizerFile file = TokenizerFile.read(tokenizer, true);
        for (String token : tokens) {
            if (token.isBlank()) {
                throw new IllegalArgumentException("an added token is \"" + token + "\"; use a spelling such as <|x|>");
            }
            if (file.ids().containsKey(token)) {
                throw new IllegalArgumentException("the added token " + token + " is in " + tokenizer
                        + " already; leave it out, or use another spelling");
            }
        }
        if (new HashSet<>(tokens).size() < tokens.size()) {
            throw new IllegalArgumentException("the added tokens " + tokens + " are not distinct; name each once");
        }
        return file.next();
    }

    /**
     * Writes a tokenizer with more tokens.
     *
     * @param tokenizer a {@code tokenizer.json} that {@link #first} has read
     * @param tokens to add; without any, the copy has the bytes of the file
     * @param copy the file to write
     * @throws IOException when the disk is full or fails
     */
    public static void write(Path tokenizer, List<String> tokens, Path copy) throws IOException {
        NullChecks.require("tokenizer", tokenizer, "tokens", tokens, "copy", copy);
        if (tokens.isEmpty()) {
            Files.copy(tokenizer, copy);
            return;
        }
        int id = first(tokenizer, tokens);
        ObjectNode root = object(tokenizer);
        ArrayNode added = root.path("added_tokens") instanceof ArrayNode array ? array : root.putArray("added_tokens");
        for (String token : tokens) {
            ObjectNode entry = JsonNodeFactory.instance.objectNode().put("id", id++);
            added.add(describe(entry, token));
        }
        Files.writeString(copy, Json.text(Json.WRITER, root));
    }

    /**
     * Writes a {@code tokenizer_config.json} with more tokens, of which it may have a list.
     *
     * @param config the file
     * @param first id of the first new token
     * @param tokens to add; without any, the copy has the bytes of the file
     * @param copy the file to write
     * @throws IOException when the disk is full or fails
     */
    public static void writeConfig(Path config, int first, List<String> tokens, Path copy) throws IOException {
        NullChecks.require("config", config, "tokens", tokens, "copy", copy);
        ObjectNode root = object(config);
        if (tokens.isEmpty() || !(root.path(DECODER) instanceof ObjectNode decoder)) {
            Files.copy(config, copy);
            return;
        }
        for (int i = 0; i < tokens.size(); i++) {
            describe(decoder.putObject(Integer.toString(first + i)), tokens.get(i));
        }
        Files.writeString(copy, Json.text(Json.PRETTY_WRITER, root));
    }

    private static ObjectNode describe(ObjectNode entry, String token) {
        return entry.put("content", token)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    private static ObjectNode object(Path file) throws IOException {
        try {
            if (Json.STRICT_TOKENIZER.readTree(Files.readString(file)) instanceof ObjectNode root) {
                return root;
            }
        } catch (JacksonException e) {
            throw new BadInputException(file + ": not valid JSON: " + e.getOriginalMessage() + "; get it again", e);
        }
        throw new BadInputException(file + ": is no JSON object; get it again");
    }
}
