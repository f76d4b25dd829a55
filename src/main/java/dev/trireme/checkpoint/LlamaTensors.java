package dev.trireme.checkpoint;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.ParameterInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The tensors of a LLaMA. Linear weights are (out, in), as PyTorch's {@code Linear} has them. */
final class LlamaTensors {
    private static final Pattern ROTARY_ANGLES =
            Pattern.compile("(layers\\.[0-9]+\\.self_attn\\.)?rotary_emb\\.inv_freq");

    private final List<ParameterInfo> tensors = new ArrayList<>();

    private LlamaTensors() {}

    static ModelTensors of(ModelConfig model) {
        LlamaTensors list = new LlamaTensors();
        long hidden = model.hidden();
        list.add("embed_tokens.weight", (long) model.vocabulary(), hidden);
        for (int layer = 0; layer < model.layers(); layer++) {
            String block = "layers." + layer + ".";
            list.add(block + "input_layernorm.weight", hidden);
            list.addAttention(block + "self_attn.", model);
            list.add(block + "post_attention_layernorm.weight", hidden);
            list.addMlp(block + "mlp.", model);
        }
        list.add("norm.weight", hidden);
        if (!model.tied()) {
            list.add(ModelTensors.HEAD, (long) model.vocabulary(), hidden);
        }
        return new ModelTensors(
                List.copyOf(list.tensors), "model.", "embed_tokens.weight", model.tied(), ROTARY_ANGLES);
    }

    private void addAttention(String name, ModelConfig model) {
        long hidden = model.hidden();
        long queries = (long) model.heads() * model.headWidth();
        long keys = (long) model.kvHeads() * model.headWidth();
        addLinear(name + "q_proj", queries, hidden, model.attentionBias());
        addLinear(name + "k_proj", keys, hidden, model.attentionBias());
        addLinear(name + "v_proj", keys, hidden, model.attentionBias());
        addLinear(name + "o_proj", hidden, queries, model.attentionBias());
    }

    private void addMlp(String name, ModelConfig model) {
        long hidden = model.hidden();
        addLinear(name + "gate_proj", model.intermediate(), hidden, model.mlpBias());
        addLinear(name + "up_proj", model.intermediate(), hidden, model.mlpBias());
        addLinear(name + "down_proj", hidden, model.intermediate(), model.mlpBias());
    }

    private void addLinear(String name, long out, long in, boolean bias) {
        add(name + ".weight", out, in);
        if (bias) {
            add(name + ".bias", out);
        }
    }

    private void add(String name, Long... shape) {
        tensors.add(new ParameterInfo(name, List.of(shape)));
    }
}
