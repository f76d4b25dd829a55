package dev.trireme.engine;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.RotaryConfig;
import dev.trireme.engine.bindings.NativeModelConfig;
import dev.trireme.engine.bindings.global.core;

/** A model's configuration as C++ takes it. */
final class NativeModels {
    private NativeModels() {}

    static NativeModelConfig of(ModelConfig model) {
        RotaryConfig rotary = model.rotary();
        return new NativeModelConfig()
                .family(
                        switch (model.family()) {
                            case GPT2 -> core.Family.gpt2;
                            case LLAMA -> core.Family.llama;
                        })
                .layers(model.layers())
                .heads(model.heads())
                .kv_heads(model.kvHeads())
                .head_width(model.headWidth())
                .hidden(model.hidden())
                .intermediate(model.intermediate())
                .vocabulary(model.vocabulary())
                .positions(model.positions())
                .attention_bias(model.attentionBias())
                .mlp_bias(model.mlpBias())
                .tied(model.tied())
                .rope_theta(rotary.theta())
                .rope_scaling(
                        switch (rotary.scaling()) {
                            case NONE -> core.RopeScaling.none;
                            case LINEAR -> core.RopeScaling.linear;
                            case LLAMA3 -> core.RopeScaling.llama3;
                        })
                .rope_factor(rotary.factor())
                .rope_low_frequency(rotary.lowFrequency())
                .rope_high_frequency(rotary.highFrequency())
                .rope_original_positions(rotary.originalPositions())
                .norm_epsilon(model.normEpsilon())
                .embedding_dropout(model.embeddingDropout())
                .attention_dropout(model.attentionDropout())
                .residual_dropout(model.residualDropout())
                .initializer_range(model.initializerRange());
    }
}
