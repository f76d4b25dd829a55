package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;

/**
 * Qwen2 and 2.5 (Yang et al. 2024): a LLaMA with biases on queries, keys and values, and perhaps a sliding window in its last
 * layers.
 */
final class Qwen2 extends LlamaStyle {
    private static final int USUAL_KEY_VALUE_HEADS = 32;
    private static final Biases BIASES = new Biases(true, true, true, false);

    Qwen2() {
        super("qwen2", "Qwen2");
    }

    @Override
    public ModelConfig read(JsonFile json) {
        Window window = windowOfLastLayers(json);
        return read(json, new AttentionConfig(heads(json, USUAL_KEY_VALUE_HEADS), BIASES, false, window));
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        write(model, "Qwen2ForCausalLM", json);
        writeWindowOfLastLayers(model, json);
    }

    @Override
    AttentionConfig attention(Heads heads) {
        return AttentionConfig.plain(heads, BIASES);
    }
}
