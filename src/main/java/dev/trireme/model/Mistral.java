package dev.trireme.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.JsonFile;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;
import java.util.Map;
import java.util.Optional;

/** Mistral (Jiang et al. 2023): a LLaMA with a sliding window in every layer, and heads of any width. */
final class Mistral implements Family {
    private static final String NAME = "mistral";
    private static final int USUAL_KEY_VALUE_HEADS = 8;
    private static final int USUAL_WINDOW = 4096;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String title() {
        return "Mistral";
    }

    private static AttentionConfig attention(Heads heads, int window) {
        return new AttentionConfig(heads, Biases.NONE, false, new Window(window, 0));
    }

    @Override
    public ModelConfig read(JsonFile json) {
        json.refusePresent("layer_types");
        int window = json.hasNull("sliding_window") ? 0 : LlamaStyle.window(json, USUAL_WINDOW);
        return LlamaStyle.read(NAME, json, attention(LlamaStyle.heads(json, USUAL_KEY_VALUE_HEADS), window));
    }

    @Override
    public Map<String, String> keys() {
        return LlamaStyle.KEYS;
    }

    @Override
    public void write(ModelConfig model, ObjectNode json) {
        LlamaStyle.write(model, "MistralForCausalLM", json);
        LlamaStyle.writeWindow(model, json);
    }

    @Override
    public ModelConfig fresh(ModelSizes sizes, int heads, Optional<Integer> kvHeads, Optional<Integer> intermediate) {
        AttentionConfig attention = attention(LlamaStyle.heads(sizes, heads, kvHeads), USUAL_WINDOW);
        return LlamaStyle.of(NAME, sizes, attention, LlamaStyle.intermediate(sizes, intermediate));
    }
}
