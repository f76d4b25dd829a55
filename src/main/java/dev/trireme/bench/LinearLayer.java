package dev.trireme.bench;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.ModelFamily;
import java.util.List;

/**
 * A matrix that every token is multiplied with, as a step takes it: queries, keys and values are one, and so are the gate
 * and the up projection of a LLaMA.
 *
 * @param in width of its input
 * @param out width of its output
 * @param times how often the model has one
 */
record LinearLayer(int in, int out, int times) {
    /** All of a model: four of each block, and the head. */
    static List<LinearLayer> of(ModelConfig model) {
        int hidden = model.hidden();
        int queries = model.heads() * model.headWidth();
        int keysAndValues = 2 * model.kvHeads() * model.headWidth();
        int up = (model.family() == ModelFamily.LLAMA ? 2 : 1) * model.intermediate();
        return List.of(
                new LinearLayer(hidden, queries + keysAndValues, model.layers()),
                new LinearLayer(queries, hidden, model.layers()),
                new LinearLayer(hidden, up, model.layers()),
                new LinearLayer(model.intermediate(), hidden, model.layers()),
                new LinearLayer(hidden, model.vocabulary(), 1));
    }

    long elements() {
        return (long) in * out * times;
    }
}
