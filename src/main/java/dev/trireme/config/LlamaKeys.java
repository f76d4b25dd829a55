package dev.trireme.config;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The keys of a {@code config.json} that describe a LLaMA. */
final class LlamaKeys {
    private LlamaKeys() {}

    static ModelConfig read(JsonFile json) {
        // Two names of one function.
        json.text("hidden_act", "silu", "silu", "swish");
        json.refusePresent("sliding_window");
        json.refuseUnless("pretraining_tp", 1);
        int heads = json.integer("num_attention_heads");
        int hidden = json.integer("hidden_size");
        int positions = json.integer("max_position_embeddings");
        return new ModelConfig(
                ModelFamily.LLAMA,
                json.integer("num_hidden_layers"),
                heads,
                json.integer("num_key_value_heads", heads),
                headWidth(json, hidden, heads),
                hidden,
                json.integer("intermediate_size"),
                json.integer("vocab_size"),
                positions,
                json.flag("attention_bias", false),
                json.flag("mlp_bias", false),
                json.flag("tie_word_embeddings", false),
                RotaryKeys.read(json, positions),
                json.number("rms_norm_eps", 1e-6),
                json.number("embd_pdrop", 0),
                json.number("attention_dropout", 0),
                json.number("resid_pdrop", 0),
                json.number("initializer_range", 0.02));
    }

    private static int headWidth(JsonFile json, int hidden, int heads) {
        // A number of heads below 1 must reach ModelConfig's check, not fail here.
        int divisor = Math.max(1, heads);
        if (!json.has("head_dim") && hidden % divisor != 0) {
            throw json.refused("num_attention_heads", "a divisor of hidden_size " + hidden + ", or head_dim");
        }
        return json.integer("head_dim", hidden / divisor);
    }

    /** The key that a component of {@link ModelConfig} is read from; other words stay. */
    static String named(String word) {
        return switch (word) {
            case "layers" -> "num_hidden_layers";
            case "heads" -> "num_attention_heads";
            case "kvHeads" -> "num_key_value_heads";
            case "headWidth" -> "head_dim";
            case "hidden" -> "hidden_size";
            case "intermediate" -> "intermediate_size";
            case "vocabulary" -> "vocab_size";
            case "positions" -> "max_position_embeddings";
            case "normEpsilon" -> "rms_norm_eps";
            case "embeddingDropout" -> "embd_pdrop";
            case "attentionDropout" -> "attention_dropout";
            case "residualDropout" -> "resid_pdrop";
            case "initializerRange" -> "initializer_range";
            default -> word;
        };
    }

    static void write(ModelConfig model, ObjectNode json) {
        json.put("model_type", "llama");
        json.putArray("architectures").add("LlamaForCausalLM");
        json.put("num_hidden_layers", model.layers());
        json.put("num_attention_heads", model.heads());
        json.put("num_key_value_heads", model.kvHeads());
        json.put("head_dim", model.headWidth());
        json.put("hidden_size", model.hidden());
        json.put("intermediate_size", model.intermediate());
        json.put("max_position_embeddings", model.positions());
        json.put("hidden_act", "silu");
        json.put("attention_bias", model.attentionBias());
        json.put("mlp_bias", model.mlpBias());
        RotaryKeys.write(model.rotary(), json);
        json.put("rms_norm_eps", model.normEpsilon());
        json.put("attention_dropout", model.attentionDropout());
        // The last two are ours, for training; transformers has neither dropout in a LLaMA.
        json.put("embd_pdrop", model.embeddingDropout());
        json.put("resid_pdrop", model.residualDropout());
    }
}
