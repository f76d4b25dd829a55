package dev.trireme.checkpoint.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.checkpoint.gguf.TokenizerTokens.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The text files of a model folder: {@code tokenizer.json}, which Hugging Face's libraries and Trireme use, {@code
 * tokenizer_config.json} and {@code chat_template.jinja}.
 *
 * <pre>
 *   tokenizer.ggml.model   gpt2    byte-level BPE; how a text is cut first stands in tokenizer.ggml.pre
 *                          llama   SentencePiece's BPE: spaces are ▁, unknown characters become bytes
 * </pre>
 */
final class TokenizerFiles {
    private static final String MODEL = TokenizerTokens.PREFIX + "model";
    private static final String MERGES = TokenizerTokens.PREFIX + "merges";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String SPACE = "\u2581";

    private final GgufMetadata metadata;
    private final TokenizerTokens tokens;
    private final boolean byteLevel;

    private TokenizerFiles(GgufMetadata metadata, TokenizerTokens tokens, boolean byteLevel) {
        this.metadata = metadata;
        this.tokens = tokens;
        this.byteLevel = byteLevel;
    }

    /** The tokenizer of a file, if it has one. */
    static Optional<TokenizerFiles> of(GgufMetadata metadata, int vocabulary) {
        String model = metadata.text(MODEL, "none");
        return switch (model) {
            case "none", "no_vocab" -> Optional.empty();
            case "gpt2", "llama" ->
                Optional.of(
                        new TokenizerFiles(metadata, TokenizerTokens.of(metadata, vocabulary), model.equals("gpt2")));
            default -> throw metadata.refused(MODEL, "gpt2 (byte-level BPE) or llama (SentencePiece)");
        };
    }

    TokenizerTokens tokens() {
        return tokens;
    }

    Optional<String> chatTemplate() {
        return metadata.has(TEMPLATE) ? Optional.of(metadata.text(TEMPLATE)) : Optional.empty();
    }

    /** {@code tokenizer.json}. */
    ObjectNode tokenizer() {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding");
        tokens.added(root);
        if (byteLevel) {
            putByteLevel(root);
        } else {
            putSentencePiece(root);
        }
        return root;
    }

    private void putByteLevel(ObjectNode root) {
        PreTokenizers.Style style = PreTokenizers.of(metadata);
        root.set("normalizer", style.composed() ? root.objectNode().put("type", "NFC") : null);
        root.set("pre_tokenizer", style.preTokenizer());
        root.set("post_processor", postProcessor());
        root.set("decoder", PreTokenizers.byteLevel(true)); // a decoder ignores the prefix space
        ObjectNode model = bpe(root, false).putNull("unk_token").put("ignore_merges", style.wholeWords());
        tokens.vocabulary(model);
        putMerges(model);
    }

    private void putSentencePiece(ObjectNode root) {
        boolean prefix = metadata.flag(TokenizerTokens.PREFIX + "add_space_prefix", true);
        root.putNull("normalizer");
        root.putObject("pre_tokenizer")
                .put("type", "Metaspace")
                .put("replacement", SPACE)
                .put("prepend_scheme", prefix ? "first" : "never")
                .put("split", false);
        root.set("post_processor", postProcessor());
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        ObjectNode replace = decoders.addObject().put("type", "Replace");
        replace.putObject("pattern").put("String", SPACE);
        replace.put("content", " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefix) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        ObjectNode model = bpe(root, true).put("unk_token", text(Role.UNKNOWN).orElse(null));
        tokens.vocabulary(model);
        if (metadata.has(MERGES)) {
            putMerges(model);
        } else {
            double[] scores = metadata.reals(TokenizerTokens.PREFIX + "scores");
            ArrayNode merges = model.putArray("merges");
            ScoredMerges.of(metadata, tokens.texts(), scores)
                    .forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
        }
    }

    private static ObjectNode bpe(ObjectNode root, boolean byteFallback) {
        ObjectNode model = root.putObject("model").put("type", "BPE").putNull("dropout");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        return model.put("fuse_unk", byteFallback)
                .put("byte_fallback", byteFallback)
                .put("ignore_merges", false);
    }

    private void putMerges(ObjectNode model) {
        ArrayNode merges = model.putArray("merges");
        for (String merge : metadata.texts(MERGES)) {
            // A token may begin with a space, but not the first of a pair.
            int space = merge.indexOf(' ', 1);
            if (space < 0) {
                throw metadata.refused(MERGES, "pairs of tokens with a space between, not \"" + merge + "\"");
            }
            merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
        }
    }

    /** Puts the first and last token around a text; both are named in the file. */
    private ObjectNode postProcessor() {
        ObjectNode template = JsonNodeFactory.instance.objectNode().put("type", "TemplateProcessing");
        List<Role> before = addsBos() ? List.of(Role.BOS) : List.of();
        List<Role> after = addsEos() ? List.of(Role.EOS) : List.of();
        putTemplate(template.putArray("single"), before, after, List.of("A"));
        putTemplate(template.putArray("pair"), before, after, List.of("A", "B"));
        ObjectNode special = template.putObject("special_tokens");
        List<Role> roles = new ArrayList<>(before);
        roles.addAll(after);
        for (Role role : roles) {
            String text = required(role);
            ObjectNode entry = special.putObject(text).put("id", text);
            entry.putArray("ids").add(tokens.id(role).orElseThrow());
            entry.putArray("tokens").add(text);
        }
        return template;
    }

    private void putTemplate(ArrayNode pieces, List<Role> before, List<Role> after, List<String> texts) {
        for (int type = 0; type < texts.size(); type++) {
            int id = type;
            before.forEach(role -> putPiece(pieces, "SpecialToken", required(role), id));
            putPiece(pieces, "Sequence", texts.get(type), id);
            after.forEach(role -> putPiece(pieces, "SpecialToken", required(role), id));
        }
    }

    private static void putPiece(ArrayNode pieces, String kind, String name, int type) {
        pieces.addObject().putObject(kind).put("id", name).put("type_id", type);
    }

    private boolean addsBos() {
        boolean usual = byteLevel ? PreTokenizers.of(metadata).wholeWords() : true;
        boolean named = tokens.id(Role.BOS).isPresent();
        return metadata.flag(TokenizerTokens.PREFIX + "add_bos_token", usual && named);
    }

    private boolean addsEos() {
        return metadata.flag(TokenizerTokens.PREFIX + "add_eos_token", false);
    }

    private String required(Role role) {
        return text(role).orElseThrow(() -> metadata.refused(role.key(), "it, because the tokenizer adds this token"));
    }

    private Optional<String> text(Role role) {
        OptionalInt id = tokens.id(role);
        return id.isPresent() ? Optional.of(tokens.texts().get(id.getAsInt())) : Optional.empty();
    }

    /** {@code tokenizer_config.json}. */
    ObjectNode config(int positions) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("tokenizer_class", "PreTrainedTokenizerFast");
        for (Role role : List.of(Role.BOS, Role.EOS, Role.UNKNOWN, Role.PADDING)) {
            json.put(role.tokenName(), text(role).orElse(null));
        }
        json.put("add_bos_token", addsBos()).put("add_eos_token", addsEos());
        json.put("clean_up_tokenization_spaces", false).put("model_max_length", positions);
        chatTemplate().ifPresent(template -> json.put("chat_template", template));
        return json;
    }
}
