package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import java.util.Map;
import java.util.Optional;

/**
 * GPT-2 (Radford et al. 2019): layer norm, learned positions, {@code gelu_new}, biases everywhere, a tied head. Files hold
 * queries, keys and values as one tensor, and linear weights as (in, out): transformers calls the layer Conv1D.
 */
final class Gpt2 implements Family {
    private static final String NAME = "gpt2";
    private static final FileFormat FORMAT = new FileFormat(
            NAME,
            "transformer.",
            "h\\.[0-9]+\\.attn\\.(masked_)?bias", // the causal mask
            true,
            new TensorNames(
                    new TensorNames.Ends("wte", "wpe", "ln_f", "lm_head"),
                    "h.",
                    new TensorNames.Attention("ln_1", "attn.c_attn", "attn.c_attn", "attn.c_attn", "attn.c_proj"),
                    new TensorNames.HeadNorms("", ""),
                    new TensorNames.Mlp("ln_2", "", "mlp.c_fc", "mlp.c_proj")));

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "GPT-2";
    }

    static ModelConfig of(ModelSizes sizes, int heads) {
        return of(sizes, heads, 4 * sizes.hidden(), 1e-5);
    }

    private static ModelConfig of(ModelSizes sizes, int heads, int intermediate, double epsilon) {
        AttentionConfig.Heads all = AttentionConfig.Heads.sharing(heads, heads, sizes.hidden());
        return new ModelConfig(
                sizes,
                new Architecture(
                        new NormConfig(NormConfig.Kind.LAYER, epsilon),
                        RotaryConfig.NONE,
                        AttentionConfig.plain(all, AttentionConfig.Biases.ALL),
                        new MlpConfig(MlpConfig.Kind.GELU, intermediate, true, true),
                        true),
                DropoutConfig.NONE,
                new InitialWeights(0.02, true),
                FORMAT);
    }

    @Override
    public ModelConfig read(JsonFile json) {
        // Two names of one function: GELU by its tanh formula.
        json.text("activation_function", "gelu_new", "gelu_new", "gelu_pytorch_tanh");
        json.refuseUnless("scale_attn_weights", true);
        json.refuseUnless("scale_attn_by_inverse_layer_idx", false);
        json.refuseUnless("reorder_and_upcast_attn", false);
        json.refuseUnless("add_cross_attention", false);
        json.refuseUnless("tie_word_embeddings", true);
        int heads = json.integer("n_head");
        int hidden = json.integer("n_embd");
        ModelSizes sizes = new ModelSizes(
                json.integer("n_layer"), hidden, json.integer("vocab_size"), json.integer("n_positions"));
        return of(sizes, heads, json.integer("n_inner", 4 * hidden), json.number("layer_norm_epsilon", 1e-5))
                .withInitial(new InitialWeights(json.number("initializer_range", 0.02), true))
                .withDropout(
                        json.number("embd_pdrop", 0.1),
                        json.number("attn_pdrop", 0.1),
                        json.number("resid_pdrop", 0.1));
    }

    @Override
    public Map<String, String> keys() {
        return Map.ofEntries(
                Map.entry("layers", "n_layer"),
                Map.entry("heads", "n_head"),
                Map.entry("hidden", "n_embd"),
                Map.entry("intermediate", "n_inner"),
                Map.entry("vocabulary", "vocab_size"),
                Map.entry("positions", "n_positions"),
                Map.entry("normEpsilon", "layer_norm_epsilon"),
                Map.entry("embeddingDropout", "embd_pdrop"),
                Map.entry("attentionDropout", "attn_pdrop"),
                Map.entry("residualDropout", "resid_pdrop"),
                Map.entry("initializerRange", "initializer_range"));
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        json.putArray("architectures").add("GPT2LMHeadModel");
        json.put("n_layer", model.layers());
        json.put("n_head", model.heads().query());
        json.put("n_embd", model.hidden());
        json.put("n_inner", model.intermediate());
        json.put("n_positions", model.positions());
        json.put("activation_function", "gelu_new");
        json.put("layer_norm_epsilon", model.architecture().norm().epsilon());
        json.put("embd_pdrop", model.dropout().embedding());
        json.put("attn_pdrop", model.dropout().attention());
        json.put("resid_pdrop", model.dropout().residual());
    }

    @Override
    public ModelConfig fresh(ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate) {
        if (kvHeads.isPresent() || intermediate.isPresent()) {
            throw new IllegalArgumentException(
                    "kvHeads and --intermediate are not a gpt2's to choose; leave them out or use --model llama");
        }
        return of(sizes, heads);
    }

    @Override
    public boolean choosesWidths() {
        return false;
    }

    @Override
    public ModelConfig withDropout(ModelConfig model, double share) {
        return model.withDropout(share, share, share);
    }
}
