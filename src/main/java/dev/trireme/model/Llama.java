package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;

/**
 * LLaMA (Touvron et al. 2023): RMS norm, rotary positions, SwiGLU, grouped-query attention, biases on all linear layers of
 * attention or of the MLP or none, a head of its own or tied.
 */
final class Llama extends LlamaStyle {
    private static final String NAME = "llama";

    Llama() {
        super(NAME, "LLaMA");
    }

    static ModelConfig of(ModelSizes sizes, Heads heads, int intermediate) {
        return of(NAME, sizes, AttentionConfig.plain(heads, Biases.NONE), intermediate);
    }

    @Override
    public ModelConfig read(JsonFile json) {
        json.refusePresent("sliding_window");
        json.refuseUnless("pretraining_tp", 1);
        Biases biases = json.flag("attention_bias", false) ? Biases.ALL : Biases.NONE;
        boolean inMlp = json.flag("mlp_bias", false);
        ModelConfig model = read(json, AttentionConfig.plain(heads(json, 0), biases));
        MlpConfig mlp = new MlpConfig(MlpConfig.Kind.SWIGLU, model.intermediate(), inMlp, inMlp);
        return model.withArchitecture(model.architecture().withMlp(mlp));
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        write(model, "LlamaForCausalLM", json);
        json.put("attention_bias", model.architecture().attention().biases().query());
        json.put("mlp_bias", model.architecture().mlp().inBias());
    }

    @Override
    AttentionConfig attention(Heads heads) {
        return AttentionConfig.plain(heads, Biases.NONE);
    }
}
