package dev.trireme.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/**
 * A Hugging Face {@code config.json}: the model, and the ids that generation needs. Written for transformers 4 and 5.
 *
 * @param model the model
 * @param specialTokens its special tokens, all below the vocabulary's size
 */
public record HuggingFaceConfig(ModelConfig model, SpecialTokens specialTokens) {
    /**
     * Checks that the special tokens are tokens of the model.
     *
     * @throws IllegalArgumentException when an id is not below the vocabulary's size
     */
    public HuggingFaceConfig {
        int largest = Math.max(specialTokens.beginning(), Math.max(specialTokens.end(), specialTokens.padding()));
        if (largest >= model.vocabulary()) {
            throw new IllegalArgumentException("special token " + largest + " is outside the vocabulary of "
                    + model.vocabulary() + "; use a smaller id or none");
        }
    }

    /**
     * Reads a file that may come from anyone. Unknown keys are ignored, code is never run.
     *
     * @param file a {@code config.json} of at most 1 MB
     * @return what it says
     * @throws BadInputException when it is not strict JSON, lacks a key, has a value out of bounds, or asks for
     *     something that Trireme does not compute
     */
    public static HuggingFaceConfig read(Path file) {
        JsonFile json = JsonFile.read(file);
        json.refuseUnless("model_type", "", "gpt2");
        // Two names of one function: GELU by its tanh formula.
        json.refuseUnless("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
        json.refuseUnless("scale_attn_weights", true);
        json.refuseUnless("scale_attn_by_inverse_layer_idx", false);
        json.refuseUnless("reorder_and_upcast_attn", false);
        json.refuseUnless("add_cross_attention", false);
        json.refuseUnless("tie_word_embeddings", true);
        json.refusePresent("quantization_config");
        try {
            return new HuggingFaceConfig(gpt2(json), specialTokens(json));
        } catch (BadInputException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e);
        }
    }

    private static ModelConfig gpt2(JsonFile json) {
        int hidden = json.integer("n_embd");
        // A wrong n_embd must reach ModelConfig's check, not overflow here.
        int usual = (int) Math.min(4L * hidden, Integer.MAX_VALUE);
        return new ModelConfig(
                ModelFamily.GPT2,
                json.integer("n_layer"),
                json.integer("n_head"),
                hidden,
                json.integer("n_inner", usual),
                json.integer("vocab_size"),
                json.integer("n_positions"),
                json.number("layer_norm_epsilon", 1e-5),
                json.number("embd_pdrop", 0.1),
                json.number("attn_pdrop", 0.1),
                json.number("resid_pdrop", 0.1),
                json.number("initializer_range", 0.02));
    }

    private static SpecialTokens specialTokens(JsonFile json) {
        return new SpecialTokens(
                json.integer("bos_token_id", SpecialTokens.ABSENT),
                json.integer("eos_token_id", SpecialTokens.ABSENT),
                json.integer("pad_token_id", SpecialTokens.ABSENT));
    }

    /**
     * The text of a {@code config.json} that {@code AutoConfig.from_pretrained} opens and {@link #read} reads back.
     *
     * @return JSON with a final line break
     */
    public String toJson() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.put("model_type", "gpt2");
        json.putArray("architectures").add("GPT2LMHeadModel");
        json.put("torch_dtype", "float32");
        json.put("n_layer", model.layers());
        json.put("n_head", model.heads());
        json.put("n_embd", model.hidden());
        json.put("n_inner", model.intermediate());
        json.put("vocab_size", model.vocabulary());
        json.put("n_positions", model.positions());
        json.put("activation_function", "gelu_new");
        json.put("layer_norm_epsilon", model.normEpsilon());
        json.put("embd_pdrop", model.embeddingDropout());
        json.put("attn_pdrop", model.attentionDropout());
        json.put("resid_pdrop", model.residualDropout());
        json.put("initializer_range", model.initializerRange());
        json.put("tie_word_embeddings", true);
        // Without these keys transformers would assume 50256.
        putToken(json, "bos_token_id", specialTokens.beginning());
        putToken(json, "eos_token_id", specialTokens.end());
        putToken(json, "pad_token_id", specialTokens.padding());
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values could not be written as JSON", e);
        }
    }

    private static void putToken(ObjectNode json, String key, int id) {
        if (id == SpecialTokens.ABSENT) {
            json.putNull(key);
        } else {
            json.put(key, id);
        }
    }
}
