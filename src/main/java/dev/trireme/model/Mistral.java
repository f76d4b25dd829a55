package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;

/** Mistral (Jiang et al. 2023): a LLaMA with a sliding window in every layer, and heads of any width. */
final class Mistral extends LlamaStyle {
    private static final int USUAL_KEY_VALUE_HEADS = 8;
    private static final int USUAL_WINDOW = 4096;

    Mistral() {
        super("mistral", "Mistral");
    }

    private static AttentionConfig attention(Heads heads, int window) {
        return new AttentionConfig(heads, Biases.NONE, false, new Window(window, 0));
    }

    @Override
    public ModelConfig read(JsonFile json) {
        json.refusePresent("layer_types");
        int window = json.hasNull("sliding_window") ? 0 : window(json, USUAL_WINDOW);
        return read(json, attention(heads(json, USUAL_KEY_VALUE_HEADS), window));
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        write(model, "MistralForCausalLM", json);
        writeWindow(model, json);
    }

    @Override
    AttentionConfig attention(Heads heads) {
        return attention(heads, USUAL_WINDOW);
    }
}
