package dev.trireme.data.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Checks the components around the model of a {@code tokenizer.json}, because the library hangs or ends the process on
 * some files that it accepts:
 *
 * <pre>
 *   text ▶ normalizer ▶ pre_tokenizer ▶ [model] ▶ post_processor ▶ ids ▶ decoder ▶ text
 * </pre>
 */
final class TokenizerComponents {
    private static final String REWRITE =
            "; let nothing that can fail follow an unbounded quantifier, or, if you trust "
                    + "whoever made the file, use --trust-tokenizer (Tokenizer.openTrusted)";

    private static final String NOT_EMPTY =
            "; let it match one character or more, or give another model's tokenizer.json";

    private static final int MAX_PREPENDED = 64;
    private static final int MAX_DECODER_GROWTH = 1000;

    private final TokenizerFile file;
    private final Set<Integer> ids;
    private final Set<Integer> grown = new HashSet<>();
    private boolean rewritten;
    private double growth = 1;
    private double normalizerGrowth = 1;

    private TokenizerComponents(TokenizerFile file) {
        this.file = file;
        this.ids = new HashSet<>(file.ids().values());
    }

    /** Checks all components of {@code root}, whose tokens {@code file} has read. */
    static TokenizerComponents check(JsonNode root, TokenizerFile file) {
        TokenizerComponents components = new TokenizerComponents(file);
        components.checkAt("normalizer", root);
        components.normalizerGrowth = components.growth;
        components.checkAt("pre_tokenizer", root);
        components.checkAt("post_processor", root);
        components.grown.clear();
        components.growth = 1;
        components.checkAt("decoder", root);
        file.require(
                components.growth <= MAX_DECODER_GROWTH,
                "decoder makes more than " + MAX_DECODER_GROWTH + " characters of one");
        return components;
    }

    /** Whether a component was rewritten to an equivalent, faster one. */
    boolean rewritten() {
        return rewritten;
    }

    /** Largest number of characters that the normalizers make of one. */
    double growth() {
        return normalizerGrowth;
    }

    private void checkAt(String name, JsonNode root) {
        JsonNode component = root.path(name);
        if (!component.isMissingNode() && !component.isNull()) {
            check(name, component);
        }
    }

    // By its fields, for the library looks at them too where it does not know the type.
    private void check(String path, JsonNode component) {
        file.require(component.isObject(), path + " is no object");
        for (Map.Entry<String, JsonNode> field : component.properties()) {
            String location = path + "." + field.getKey();
            JsonNode value = field.getValue();
            switch (field.getKey()) {
                case "normalizers", "pretokenizers", "processors", "decoders" -> checkAll(location, value);
                case "pattern" -> checkPattern(location, value, component.path("content"));
                case "precompiled_charsmap" ->
                    file.require(TokenizerCharsmap.isWhole(value.asText()), location + " is damaged");
                case "length" -> file.require(value.asDouble() > 0, location + " is " + value);
                // Of a decoder, which would read in front of a token that has fewer characters.
                case "stop" -> file.require(value.asDouble() == 0, location + " is " + value + ", not 0");
                case "prepend" ->
                    file.require(
                            value.asText().length() <= MAX_PREPENDED, location + " is longer than " + MAX_PREPENDED);
                case "single" -> checkTemplate(path, component);
                case "sep", "cls" -> checkId(location, value.path(1));
                default -> {
                    // Everything else is done in linear time.
                }
            }
        }
    }

    private void checkAll(String path, JsonNode components) {
        for (int i = 0; i < components.size(); i++) {
            check(path + "[" + i + "]", components.path(i));
        }
    }

    private void checkPattern(String path, JsonNode pattern, JsonNode content) {
        JsonNode regex = pattern.path("Regex");
        boolean empty = regex.isTextual()
                ? isEmptyRegex(path, (ObjectNode) pattern, regex.asText())
                : pattern.path("String").isTextual()
                        && pattern.path("String").asText().isEmpty();
        if (empty) { // a normalizer that replaces nothing by something makes the library count past a text's end
            throw file.bad(path + " is " + pattern + ", which matches the empty text", NOT_EMPTY);
        }
        measureGrowth(pattern.path("String").asText(), content.asText());
    }

    /** Whether it may match the empty text, once it is known to take linear time. */
    private boolean isEmptyRegex(String path, ObjectNode pattern, String regex) {
        if (regex.equals("\\s+$")) {
            pattern.put("Regex", TokenizerPattern.TRAILING_SPACE);
            rewritten = true;
            return false;
        }
        Optional<String> problem = TokenizerPattern.problem(regex);
        if (problem.isEmpty()) {
            return TokenizerPattern.canBeEmpty(regex);
        }
        if (!file.isTrusted()) {
            throw file.bad(
                    path + " is " + pattern.path("Regex") + ", which may take unbounded time: " + problem.get(),
                    REWRITE);
        }
        return false; // trusted with that too
    }

    // A replacement multiplies with an earlier one only if it finds what that one has put there.
    private void measureGrowth(String replaced, String content) {
        double ratio = (double) content.length() / Math.max(1, replaced.length());
        boolean chained =
                replaced.isEmpty() ? !grown.isEmpty() : replaced.chars().anyMatch(grown::contains);
        if (ratio > 1) {
            growth = chained ? growth * ratio : Math.max(growth, ratio);
            content.chars().forEach(grown::add);
        }
    }

    private void checkTemplate(String path, JsonNode template) {
        int texts = 0;
        for (JsonNode piece : template.path("single")) {
            JsonNode special = piece.path("SpecialToken").path("id");
            if (special.isTextual()) {
                checkAdded(path, template.path("special_tokens").path(special.asText()), special.asText());
            } else {
                file.require(
                        piece.path("Sequence").path("id").asText().equals("A"),
                        path + ".single has the piece " + piece);
                texts++;
            }
        }
        file.require(texts == 1, path + ".single has the text " + texts + " times, not once");
    }

    private void checkAdded(String path, JsonNode added, String name) {
        file.require(
                added.path("ids").isArray()
                        && added.path("ids").size() == added.path("tokens").size(),
                path + ".special_tokens lacks ids and tokens of \"" + name + "\"");
        for (JsonNode id : added.path("ids")) {
            checkId(path + ".special_tokens[\"" + name + "\"]", id);
        }
    }

    private void checkId(String path, JsonNode id) {
        file.require(id.isInt() && ids.contains(id.asInt()), path + " has the id " + id + ", which no token has");
    }
}
