package dev.trireme.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Rewrites a {@code tokenizer.json} so that no text is encoded as a special token. The library has no option for that,
 * so each special token gets a secret random spelling:
 *
 * <pre>
 *   added_tokens   {"content": "&lt;eos&gt;", …}     {"content": "￿1b4e…/0￿", …}
 *   model.vocab    "&lt;eos&gt;": 1                  "￿1b4e…/0￿": 1
 *   model.merges   … "&lt;e" "os&gt;" …              those with "&lt;eos&gt;" go: pieces must not become it
 * </pre>
 *
 * <p>Entries stay where they are, because the library numbers added tokens by what stands in front of them. All other
 * tokens keep their ids, and text without special tokens keeps its own.
 *
 * <p>A special token that is one character of a BPE vocabulary stays: there is no other way to write that character.
 */
final class SpecialTokensAsText {
    private final Map<String, String> spellings = new HashMap<>();

    private SpecialTokensAsText() {}

    /** Changes {@code root}, a checked file; returns false if it has no special token. */
    static boolean rewrite(JsonNode root) {
        SpecialTokensAsText tokens = new SpecialTokensAsText();
        JsonNode model = root.path("model");
        tokens.respell(root.path("added_tokens"), model);
        if (tokens.spellings.isEmpty()) {
            return false;
        }
        tokens.respellVocabulary(model.path("vocab"));
        if (model.path("merges").isArray()) {
            tokens.dropMerges((ObjectNode) model);
        }
        String unknown = tokens.spellings.get(model.path("unk_token").asText());
        if (unknown != null) {
            ((ObjectNode) model).put("unk_token", unknown);
        }
        return true;
    }

    private void respell(JsonNode added, JsonNode model) {
        String secret = UUID.randomUUID().toString();
        boolean pairs = model.path("merges").isArray();
        for (JsonNode entry : added) {
            String token = entry.path("content").asText();
            boolean isCharacter = pairs
                    && token.codePointCount(0, token.length()) == 1
                    && model.path("vocab").has(token);
            if (entry.path("special").asBoolean() && !isCharacter) {
                // A normalizer could make another text of it.
                ((ObjectNode) entry)
                        .put(
                                "content",
                                spellings.computeIfAbsent(
                                        token, key -> "\uFFFF" + secret + "/" + spellings.size() + "\uFFFF"))
                        .put("normalized", false);
            }
        }
    }

    private void respellVocabulary(JsonNode vocabulary) {
        if (vocabulary instanceof ObjectNode ids) {
            spellings.forEach((token, spelling) -> {
                if (ids.has(token)) {
                    ids.set(spelling, ids.remove(token));
                }
            });
        }
        if (vocabulary.isArray()) {
            for (JsonNode piece : vocabulary) {
                String spelling = spellings.get(piece.path(0).asText());
                if (spelling != null) {
                    ((ArrayNode) piece).set(0, spelling);
                }
            }
        }
    }

    private void dropMerges(ObjectNode model) {
        int prefix = model.path("continuing_subword_prefix").asText("").length();
        ArrayNode kept = model.arrayNode(model.path("merges").size());
        for (JsonNode merge : model.path("merges")) {
            List<String> pair = TokenizerFile.pair(merge);
            String result = pair.get(0) + pair.get(1).substring(prefix);
            if (!spellings.containsKey(result) && pair.stream().noneMatch(spellings::containsKey)) {
                kept.add(merge);
            }
        }
        model.set("merges", kept);
    }
}
