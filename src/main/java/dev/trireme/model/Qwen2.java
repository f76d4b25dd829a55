package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Window;
import java.util.Map;
import java.util.Optional;

/**
 * Qwen2 and 2.5 (Yang et al. 2024): a LLaMA with biases on queries, keys and values, and perhaps a sliding window in its last
 * layers.
 */
final class Qwen2 implements Family {
    private static final String NAME = "qwen2";
    private static final int USUAL_KEY_VALUE_HEADS = 32;
    private static final Biases BIASES = new Biases(true, true, true, false);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Qwen2";
    }

    @Override
    public ModelConfig read(JsonFile json) {
        Window window = LlamaStyle.windowOfLastLayers(json);
        return LlamaStyle.read(
                NAME, json, new AttentionConfig(LlamaStyle.heads(json, USUAL_KEY_VALUE_HEADS), BIASES, false, window));
    }

    @Override
    public Map<String, String> keys() {
        return LlamaStyle.KEYS;
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        LlamaStyle.write(model, "Qwen2ForCausalLM", json);
        LlamaStyle.writeWindowOfLastLayers(model, json);
    }

    @Override
    public ModelConfig fresh(ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate) {
        AttentionConfig attention = AttentionConfig.plain(LlamaStyle.heads(sizes, heads, kvHeads), BIASES);
        return LlamaStyle.of(NAME, sizes, attention, LlamaStyle.intermediate(sizes, intermediate));
    }
}
