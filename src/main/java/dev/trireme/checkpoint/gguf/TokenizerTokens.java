package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The tokens of a file by id, and the special tokens.
 *
 * @param metadata the file's keys
 * @param texts all tokens
 */
record TokenizerTokens(GgufMetadata metadata, List<String> texts) {
    static final String PREFIX = "tokenizer.ggml.";

    private static final String TOKENS = PREFIX + "tokens";
    private static final String TYPES = PREFIX + "token_type";
    private static final int MOST_BYTES = 1024;
    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;

    /** The roles of single tokens: in the folder's files, and in a GGUF file. */
    enum Role {
        BOS("bos_token", "bos_token_id"),
        EOS("eos_token", "eos_token_id"),
        UNKNOWN("unk_token", "unknown_token_id"),
        PADDING("pad_token", "padding_token_id"),
        /** Ends a turn of a chat; it counts as an end token. */
        TURN("eot_token", "eot_token_id");

        private final String name;
        private final String key;

        Role(String name, String key) {
            this.name = name;
            this.key = PREFIX + key;
        }

        String tokenName() {
            return name;
        }

        String key() {
            return key;
        }
    }

    static TokenizerTokens of(GgufMetadata metadata, int vocabulary) {
        TokenizerTokens tokens = new TokenizerTokens(metadata, metadata.texts(TOKENS));
        tokens.requireUsable(vocabulary);
        return tokens;
    }

    private void requireUsable(int vocabulary) {
        if (texts.isEmpty() || texts.size() > vocabulary) {
            throw metadata.refused(TOKENS, "1 to " + vocabulary + " tokens, not " + texts.size());
        }
        Set<String> known = new HashSet<>();
        for (int id = 0; id < texts.size(); id++) {
            String text = texts.get(id);
            if (text.length() > MOST_BYTES) {
                throw metadata.refused(
                        TOKENS, "tokens of up to " + MOST_BYTES + " characters; token " + id + " has " + text.length());
            }
            if (!known.add(text)) {
                throw metadata.refused(TOKENS, "each token once; token " + id + " is one before it");
            }
        }
        if (metadata.has(TYPES) && metadata.wholes(TYPES).length != texts.size()) {
            throw metadata.refused(TYPES, "a type for each of the " + texts.size() + " tokens");
        }
        for (Role role : Role.values()) {
            id(role); // to refuse one that is not there
        }
    }

    OptionalInt id(Role role) {
        return metadata.has(role.key)
                ? OptionalInt.of(metadata.whole(role.key, 0, texts.size() - 1))
                : OptionalInt.empty();
    }

    /** The added tokens, which are matched before a text is split. Decoding skips the special ones. */
    ArrayNode added(ObjectNode root) {
        Set<Integer> roles = new HashSet<>();
        for (Role role : Role.values()) {
            id(role).ifPresent(roles::add);
        }
        long[] types = metadata.has(TYPES) ? metadata.wholes(TYPES) : new long[texts.size()];
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < types.length; id++) {
            boolean special = types[id] == CONTROL || types[id] == UNKNOWN || roles.contains(id);
            if ((special || types[id] == USER_DEFINED) && !texts.get(id).isEmpty()) {
                ObjectNode entry = added.addObject().put("id", id).put("content", texts.get(id));
                for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized")) {
                    entry.put(flag, false);
                }
                entry.put("special", special);
            }
        }
        return added;
    }

    ObjectNode vocabulary(ObjectNode model) {
        ObjectNode ids = model.putObject("vocab");
        texts.forEach(token -> ids.put(token, ids.size()));
        return ids;
    }
}
