package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The pre-tokenizers of byte-level tokenizers, which split a text before merges apply. A GGUF file has only a name;
 * this maps names to the patterns in the original tokenizers.
 */
final class PreTokenizers {
    private static final String LETTERS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SIGNS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";
    private static final String SIGNS_OR_SLASHES = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
    private static final String SPACE = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String BEFORE_WORD = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String LOWER_WORD = BEFORE_WORD + UPPER + "*" + LOWER + "+";
    private static final String UPPER_WORD = BEFORE_WORD + UPPER + "+" + LOWER + "*";

    private static final Style GPT2 = new Style("", false, false, false);
    private static final Style DIGITS = new Style("", true, false, false);
    private static final Style LLAMA3 =
            new Style(String.join("|", CONTRACTION, LETTERS, "\\p{N}{1,3}", SIGNS, SPACE), false, true, false);
    private static final Style QWEN2 =
            new Style(String.join("|", CONTRACTION, LETTERS, "\\p{N}", SIGNS, SPACE), false, false, true);
    private static final Style TEKKEN =
            new Style(String.join("|", LOWER_WORD, UPPER_WORD, "\\p{N}", SIGNS_OR_SLASHES, SPACE), false, true, false);
    private static final Style GPT4O = new Style(
            String.join(
                    "|",
                    LOWER_WORD + CONTRACTION + "?",
                    UPPER_WORD + CONTRACTION + "?",
                    "\\p{N}{1,3}",
                    SIGNS_OR_SLASHES,
                    SPACE),
            false,
            false,
            false);

    private static final Map<String, Style> STYLES = new TreeMap<>();

    static {
        List.of("default", "gpt-2", "gpt2", "phi-2", "jais", "mpt", "olmo", "dolly")
                .forEach(name -> STYLES.put(name, GPT2));
        List.of("smollm", "starcoder", "refact", "command-r", "codeshell").forEach(name -> STYLES.put(name, DIGITS));
        List.of("llama3", "llama-v3", "llama-bpe", "falcon3", "pixtral").forEach(name -> STYLES.put(name, LLAMA3));
        List.of("qwen2", "deepseek-r1-qwen", "megrez").forEach(name -> STYLES.put(name, QWEN2));
        STYLES.put("tekken", TEKKEN);
        STYLES.put("gpt-4o", GPT4O);
    }

    /**
     * A pre-tokenizer.
     *
     * @param split a regular expression whose matches are the pieces; empty for GPT-2's own
     * @param digits whether each digit is cut off first
     * @param wholeWords whether a piece that is a token becomes it whatever the merges say; these tokenizers, which were
     *     not trained by merges, begin a text with their first token too
     * @param composed whether letters and their accents become one character first (NFC)
     */
    record Style(String split, boolean digits, boolean wholeWords, boolean composed) {
        ObjectNode preTokenizer() {
            ObjectNode bytes = byteLevel(false).put("use_regex", split.isEmpty());
            if (split.isEmpty() && !digits) {
                return bytes;
            }
            ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
            ArrayNode steps = sequence.putArray("pretokenizers");
            if (digits) {
                steps.addObject().put("type", "Digits").put("individual_digits", true);
            } else {
                ObjectNode step = steps.addObject().put("type", "Split");
                step.putObject("pattern").put("Regex", split);
                step.put("behavior", "Isolated").put("invert", false);
            }
            steps.add(bytes);
            return sequence;
        }
    }

    private PreTokenizers() {}

    /** The style that a file names, GPT-2's if it names none. */
    static Style of(GgufMetadata metadata) {
        String key = TokenizerTokens.PREFIX + "pre";
        Style style = STYLES.get(metadata.text(key, "default"));
        if (style == null) {
            throw metadata.refused(key, "one of " + String.join(", ", new ArrayList<>(STYLES.keySet())));
        }
        return style;
    }

    static ObjectNode byteLevel(boolean addPrefixSpace) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", addPrefixSpace)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }
}
