package dev.trireme.data.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Opens native tokenizers of files that were checked. */
final class TokenizerLibrary {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    static {
        // Left alone, DJL downloads a CUDA build of its library where it sees a GPU, and asks EC2's metadata address
        // where it runs: LibUtils.copyJniLibrary and Ec2Utils.callHome in
        // https://github.com/deepjavalibrary/djl
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private TokenizerLibrary() {}

    /**
     * Opens {@code json} of {@code file}.
     *
     * @throws dev.trireme.config.BadInputException if the library finds more wrong with it
     * @throws IllegalStateException if the library cannot be loaded
     */
    static HuggingFaceTokenizer open(byte[] json, TokenizerFile file) {
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
        } catch (EngineException | LinkageError e) {
            throw new IllegalStateException(
                    "the tokenizer library cannot be loaded; let it write to ~/.djl.ai or set DJL_CACHE_DIR", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            throw file.bad("not a tokenizer: " + e.getMessage(), e);
        }
    }

    /** Refuses added tokens of which the normalizer leaves nothing: with one, the library ends the process. */
    static void requireNormalizedTokens(TokenizerFile file) {
        if (file.normalizer().isEmpty() || file.normalizedTokens().isEmpty()) {
            return;
        }
        // A model that has one id for whatever the normalizer leaves.
        ObjectNode probe = JsonNodeFactory.instance.objectNode().put("version", "1.0");
        probe.set("normalizer", file.normalizer().get());
        ObjectNode model = probe.putObject("model").put("type", "WordLevel").put("unk_token", "?");
        model.putObject("vocab").put("?", 0);
        try (HuggingFaceTokenizer normalizing = open(probe.toString().getBytes(UTF_8), file)) {
            for (String token : file.normalizedTokens()) {
                file.require(
                        normalizing.encode(token).getIds().length > 0,
                        "normalizer leaves nothing of the added token \"" + token + "\"");
            }
        }
    }
}
