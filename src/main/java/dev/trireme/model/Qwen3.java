package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;

/**
 * Qwen3 (Yang et al. 2025): a LLaMA with normalised query and key heads of a width of their own, and perhaps a sliding window
 * in its last layers.
 */
final class Qwen3 extends LlamaStyle {
    private static final int USUAL_KEY_VALUE_HEADS = 32;
    private static final int USUAL_HEAD_WIDTH = 128;

    Qwen3() {
        super("qwen3", "Qwen3");
    }

    @Override
    public ModelConfig read(JsonFile json) {
        AttentionConfig attention = new AttentionConfig(
                heads(json, USUAL_KEY_VALUE_HEADS, USUAL_HEAD_WIDTH),
                json.flag("attention_bias", false) ? Biases.ALL : Biases.NONE,
                true,
                windowOfLastLayers(json));
        return read(json, attention);
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        write(model, "Qwen3ForCausalLM", json);
        writeWindowOfLastLayers(model, json);
        json.put("attention_bias", model.architecture().attention().biases().query());
    }

    @Override
    AttentionConfig attention(Heads heads) {
        return new AttentionConfig(heads, Biases.NONE, true, AttentionConfig.Window.NONE);
    }
}
