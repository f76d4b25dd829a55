package dev.trireme.config;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The keys of a {@code config.json} that describe a GPT-2. */
final class Gpt2Keys {
    private Gpt2Keys() {}

    static ModelConfig read(JsonFile json) {
        // Two names of one function: GELU by its tanh formula.
        json.text("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
        json.refuseUnless("scale_attn_weights", true);
        json.refuseUnless("scale_attn_by_inverse_layer_idx", false);
        json.refuseUnless("reorder_and_upcast_attn", false);
        json.refuseUnless("add_cross_attention", false);
        json.refuseUnless("tie_word_embeddings", true);
        int heads = json.integer("n_head");
        int hidden = json.integer("n_embd");
        // A wrong n_embd or n_head must reach ModelConfig's check, not fail here.
        int usual = (int) Math.min(4L * hidden, Integer.MAX_VALUE);
        return new ModelConfig(
                ModelFamily.GPT2,
                json.integer("n_layer"),
                heads,
                heads,
                hidden / Math.max(1, heads),
                hidden,
                json.integer("n_inner", usual),
                json.integer("vocab_size"),
                json.integer("n_positions"),
                true,
                true,
                true,
                RotaryConfig.NONE,
                json.number("layer_norm_epsilon", 1e-5),
                json.number("embd_pdrop", 0.1),
                json.number("attn_pdrop", 0.1),
                json.number("resid_pdrop", 0.1),
                json.number("initializer_range", 0.02));
    }

    /** The key that a component of {@link ModelConfig} is read from; other words stay. */
    static String named(String word) {
        return switch (word) {
            case "layers" -> "n_layer";
            case "heads" -> "n_head";
            case "hidden" -> "n_embd";
            case "intermediate" -> "n_inner";
            case "vocabulary" -> "vocab_size";
            case "positions" -> "n_positions";
            case "normEpsilon" -> "layer_norm_epsilon";
            case "embeddingDropout" -> "embd_pdrop";
            case "attentionDropout" -> "attn_pdrop";
            case "residualDropout" -> "resid_pdrop";
            case "initializerRange" -> "initializer_range";
            default -> word;
        };
    }

    static void write(ModelConfig model, ObjectNode json) {
        json.put("model_type", "gpt2");
        json.putArray("architectures").add("GPT2LMHeadModel");
        json.put("n_layer", model.layers());
        json.put("n_head", model.heads());
        json.put("n_embd", model.hidden());
        json.put("n_inner", model.intermediate());
        json.put("n_positions", model.positions());
        json.put("activation_function", "gelu_new");
        json.put("layer_norm_epsilon", model.normEpsilon());
        json.put("embd_pdrop", model.embeddingDropout());
        json.put("attn_pdrop", model.attentionDropout());
        json.put("resid_pdrop", model.residualDropout());
    }
}
