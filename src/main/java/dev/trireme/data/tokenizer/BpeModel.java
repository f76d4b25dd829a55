package dev.trireme.data.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.AtomicFile;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A byte-level BPE tokenizer as a value; {@link BpeTrainer} makes it, {@link Tokenizer} runs what {@link #save} wrote.
 *
 * @param specialTokens tokens that are found before the text is split; they have the first ids
 * @param vocabulary all tokens, in GPT-2's byte alphabet, by id
 * @param merges which neighbours become one token, the earlier first
 */
public record BpeModel(List<String> specialTokens, List<String> vocabulary, List<Merge> merges) {
    /**
     * Two tokens that become one.
     *
     * @param left the token in front
     * @param right the token after it
     */
    public record Merge(String left, String right) {
        /** Checks that no component is null. */
        public Merge {
            NullChecks.require("left", left, "right", right);
        }
    }

    /**
     * Checks that the model is whole.
     *
     * @param specialTokens tokens with the first ids
     * @param vocabulary all tokens by id
     * @param merges the earlier first
     * @throws IllegalArgumentException if a token is empty or twice there, the special tokens are not the first of the
     *     vocabulary, or a merge has a token that the vocabulary lacks
     */
    public BpeModel {
        NullChecks.require("specialTokens", specialTokens, "vocabulary", vocabulary, "merges", merges);
        specialTokens = List.copyOf(specialTokens);
        vocabulary = List.copyOf(vocabulary);
        merges = List.copyOf(merges);
        requireWhole(specialTokens, vocabulary, merges);
    }

    /**
     * Writes the {@code tokenizer.json} that Hugging Face's libraries read. The file appears whole or not at all.
     *
     * @param tokenizerJson file to write; an older file is replaced
     * @throws IOException if the file cannot be written
     */
    public void save(Path tokenizerJson) throws IOException {
        Objects.requireNonNull(tokenizerJson, "tokenizerJson");
        AtomicFile.write(tokenizerJson, Json.PRETTY_WRITER.writeValueAsBytes(toJson()));
    }

    private static void requireWhole(List<String> specialTokens, List<String> vocabulary, List<Merge> merges) {
        Set<String> known = new HashSet<>();
        for (String token : vocabulary) {
            require(!token.isEmpty(), "the vocabulary has an empty token; leave it out");
            require(known.add(token), "token \"" + token + "\" is in the vocabulary twice; give it once");
        }
        int count = specialTokens.size();
        require(
                count <= vocabulary.size() && specialTokens.equals(vocabulary.subList(0, count)),
                "special tokens " + specialTokens + " are not the first of the vocabulary; give each once, in order");
        for (Merge merge : merges) {
            boolean whole = known.contains(merge.left)
                    && known.contains(merge.right)
                    && known.contains(merge.left + merge.right);
            require(whole, merge + " has a token that the vocabulary lacks; add it");
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    private ObjectNode toJson() {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : specialTokens) {
            ObjectNode entry = added.addObject().put("id", added.size() - 1).put("content", token);
            for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                entry.put(flag, false);
            }
            entry.put("special", true);
        }
        root.putNull("normalizer");
        root.set("pre_tokenizer", byteLevel(false));
        root.putNull("post_processor");
        root.set("decoder", byteLevel(true)); // a decoder ignores the prefix space; true is what Python writes
        root.set("model", modelJson());
        return root;
    }

    private static ObjectNode byteLevel(boolean addPrefixSpace) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", addPrefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    private ObjectNode modelJson() {
        ObjectNode model = JsonNodeFactory.instance.objectNode().put("type", "BPE");
        for (String unused : List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
            model.putNull(unused);
        }
        for (String flag : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            model.put(flag, false);
        }
        ObjectNode ids = model.putObject("vocab");
        vocabulary.forEach(token -> ids.put(token, ids.size()));
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(merge -> pairs.addArray().add(merge.left).add(merge.right));
        return model;
    }
}
