package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import java.util.Map;
import java.util.Optional;

/**
 * Qwen3 (Yang et al. 2025): a LLaMA with normalised query and key heads of a width of their own, and perhaps a sliding window
 * in its last layers.
 */
final class Qwen3 implements Family {
    private static final String NAME = "qwen3";
    private static final int USUAL_KEY_VALUE_HEADS = 32;
    private static final int USUAL_HEAD_WIDTH = 128;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Qwen3";
    }

    @Override
    public ModelConfig read(JsonFile json) {
        AttentionConfig attention = new AttentionConfig(
                LlamaStyle.heads(json, USUAL_KEY_VALUE_HEADS, USUAL_HEAD_WIDTH),
                json.flag("attention_bias", false) ? Biases.ALL : Biases.NONE,
                true,
                LlamaStyle.windowOfLastLayers(json));
        return LlamaStyle.read(NAME, json, attention);
    }

    @Override
    public Map<String, String> keys() {
        return LlamaStyle.KEYS;
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        LlamaStyle.write(model, "Qwen3ForCausalLM", json);
        LlamaStyle.writeWindowOfLastLayers(model, json);
        json.put("attention_bias", model.architecture().attention().biases().query());
    }

    @Override
    public ModelConfig fresh(ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate) {
        AttentionConfig attention = new AttentionConfig(
                LlamaStyle.heads(sizes, heads, kvHeads), Biases.NONE, true, AttentionConfig.Window.NONE);
        return LlamaStyle.of(NAME, sizes, attention, LlamaStyle.intermediate(sizes, intermediate));
    }
}
