package dev.trireme.checkpoint;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.ParameterInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The tensors of a GPT-2. Linear weights are (in, out): transformers calls the layer Conv1D. */
final class Gpt2Tensors {
    private static final Pattern CAUSAL_MASK = Pattern.compile("h\\.[0-9]+\\.attn\\.(masked_)?bias");

    private final List<ParameterInfo> tensors = new ArrayList<>();

    private Gpt2Tensors() {}

    static ModelTensors of(ModelConfig model) {
        Gpt2Tensors list = new Gpt2Tensors();
        long hidden = model.hidden();
        list.add("wte.weight", (long) model.vocabulary(), hidden);
        list.add("wpe.weight", (long) model.positions(), hidden);
        for (int layer = 0; layer < model.layers(); layer++) {
            String block = "h." + layer + ".";
            list.addNorm(block + "ln_1", hidden);
            list.addLinear(block + "attn.c_attn", hidden, 3 * hidden);
            list.addLinear(block + "attn.c_proj", hidden, hidden);
            list.addNorm(block + "ln_2", hidden);
            list.addLinear(block + "mlp.c_fc", hidden, model.intermediate());
            list.addLinear(block + "mlp.c_proj", model.intermediate(), hidden);
        }
        list.addNorm("ln_f", hidden);
        return new ModelTensors(List.copyOf(list.tensors), "transformer.", "wte.weight", true, CAUSAL_MASK);
    }

    private void addNorm(String name, long width) {
        add(name + ".weight", width);
        add(name + ".bias", width);
    }

    private void addLinear(String name, long in, long out) {
        add(name + ".weight", in, out);
        add(name + ".bias", out);
    }

    private void add(String name, Long... shape) {
        tensors.add(new ParameterInfo(name, List.of(shape)));
    }
}
