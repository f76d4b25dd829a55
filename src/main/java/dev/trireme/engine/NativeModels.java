package dev.trireme.engine;

import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.bindings.NativeLoraConfig;
import dev.trireme.engine.bindings.NativeModelConfig;
import dev.trireme.engine.bindings.NativeTensorNames;
import dev.trireme.engine.bindings.NativeTuning;
import dev.trireme.engine.bindings.global.core;
import dev.trireme.model.Architecture;
import dev.trireme.model.AttentionConfig;
import dev.trireme.model.FileFormat;
import dev.trireme.model.Freezing;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.RotaryConfig;
import dev.trireme.model.TensorNames;
import dev.trireme.model.Tuning;

/** A model's configuration, and ours of a stage's work, as C++ takes them. */
final class NativeModels {
    private NativeModels() {}

    static NativeModelConfig of(ModelConfig model) {
        Architecture architecture = model.architecture();
        NativeModelConfig all = new NativeModelConfig()
                .layers(model.layers())
                .hidden(model.hidden())
                .vocabulary(model.vocabulary())
                .positions(model.positions())
                .tied(model.tied())
                .norm(
                        switch (architecture.norm().kind()) {
                            case LAYER -> core.NormKind.layer;
                            case RMS -> core.NormKind.rms;
                        })
                .norm_epsilon(architecture.norm().epsilon())
                .mlp(
                        switch (architecture.mlp().kind()) {
                            case GELU -> core.MlpKind.gelu;
                            case SWIGLU -> core.MlpKind.swiglu;
                        })
                .intermediate(model.intermediate())
                .mlp_in_bias(architecture.mlp().inBias())
                .mlp_out_bias(architecture.mlp().outBias())
                .embedding_dropout(model.dropout().embedding())
                .attention_dropout(model.dropout().attention())
                .residual_dropout(model.dropout().residual())
                .initializer_range(model.initial().range())
                .scaled_residuals(model.initial().scaledResiduals());
        setAttention(architecture.attention(), all);
        setPositions(architecture.rotary(), all);
        try (NativeTensorNames names = names(model.format());
                NativeTuning tuning = of(model.tuning())) {
            return all.names(names).tuning(tuning);
        }
    }

    private static NativeTuning of(Tuning tuning) {
        Freezing freezing = tuning.freezing();
        NativeTuning all = new NativeTuning().embeddings(!freezing.embeddings()).head(!freezing.head());
        for (Freezing.Layers run : freezing.layers()) {
            all.freeze(run.first(), run.last() + 1);
        }
        try (NativeLoraConfig lora = of(tuning.lora())) {
            return all.lora(lora);
        }
    }

    static NativeLoraConfig of(LoraConfig lora) {
        return new NativeLoraConfig()
                .rank(lora.rank())
                .scale(lora.adapts() ? lora.scale() : 1)
                .dropout(lora.dropout())
                .query(lora.targets().contains(LoraTarget.QUERY))
                .key(lora.targets().contains(LoraTarget.KEY))
                .value(lora.targets().contains(LoraTarget.VALUE))
                .attention_output(lora.targets().contains(LoraTarget.OUTPUT))
                .gate(lora.targets().contains(LoraTarget.GATE))
                .up(lora.targets().contains(LoraTarget.UP))
                .down(lora.targets().contains(LoraTarget.DOWN));
    }

    private static void setAttention(AttentionConfig attention, NativeModelConfig all) {
        all.heads(attention.heads().query())
                .kv_heads(attention.heads().keyValue())
                .head_width(attention.heads().width())
                .query_bias(attention.biases().query())
                .key_bias(attention.biases().key())
                .value_bias(attention.biases().value())
                .attention_output_bias(attention.biases().output())
                .head_norms(attention.headNorms())
                .window(attention.window().positions())
                .full_layers(attention.window().fullLayers());
    }

    private static void setPositions(RotaryConfig rotary, NativeModelConfig all) {
        all.position_kind(rotary.turns() ? core.PositionKind.rotary : core.PositionKind.learned)
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
                .rope_original_positions(rotary.originalPositions());
    }

    private static NativeTensorNames names(FileFormat format) {
        TensorNames names = format.names();
        return new NativeTensorNames()
                .embedding(names.ends().embedding())
                .positions(names.ends().positions())
                .final_norm(names.ends().norm())
                .head(names.ends().head())
                .layer(names.layer())
                .attention_norm(names.attention().norm())
                .query(names.attention().query())
                .key(names.attention().key())
                .value(names.attention().value())
                .query_norm(names.headNorms().query())
                .key_norm(names.headNorms().key())
                .attention_output(names.attention().output())
                .mlp_norm(names.mlp().norm())
                .gate(names.mlp().gate())
                .up(names.mlp().up())
                .down(names.mlp().down())
                .transposed(format.transposed());
    }

    static core.Weights of(Weights weights) {
        return switch (weights) {
            case TRAINABLE -> core.Weights.trainable;
            case FLOAT32 -> core.Weights.float32;
            case BFLOAT16 -> core.Weights.bfloat16;
        };
    }

    static core.CacheType of(CacheType type) {
        return switch (type) {
            case FLOAT32 -> core.CacheType.float32;
            case BFLOAT16 -> core.CacheType.bfloat16;
        };
    }

    static core.Mode of(Mode mode) {
        return switch (mode) {
            case TRAIN -> core.Mode.train;
            case CHECKPOINT -> core.Mode.checkpoint;
            case EVALUATE -> core.Mode.evaluate;
        };
    }

    static core.Summation of(Summation summation) {
        return switch (summation) {
            case SEQUENCE -> core.Summation.sequence;
            case TREE -> core.Summation.tree;
        };
    }

    static core.ParameterState of(ParameterState state) {
        return switch (state) {
            case WEIGHT -> core.ParameterState.weight;
            case MEAN -> core.ParameterState.mean;
            case VARIANCE -> core.ParameterState.variance;
        };
    }

    static core.Reduction of(Reduction reduction) {
        return switch (reduction) {
            case PER_PARAMETER -> core.Reduction.per_parameter;
            case BUCKETS -> core.Reduction.buckets;
            case OVERLAPPED -> core.Reduction.overlapped;
            case TREE -> core.Reduction.tree;
        };
    }
}
