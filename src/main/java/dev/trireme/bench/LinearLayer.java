package dev.trireme.bench;

import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.ModelConfig;
import java.util.List;

/**
 * A linear layer as a step computes it: queries, keys and values are one layer, and so are gate and up projection of a
 * gated MLP.
 *
 * @param in width of its input
 * @param out width of its output
 * @param times how many the model has
 */
record LinearLayer(int in, int out, int times) {
    /** All of a model: four of each block, and the head. */
    static List<LinearLayer> of(ModelConfig model) {
        int hidden = model.hidden();
        Heads heads = model.heads();
        int queries = heads.query() * heads.width();
        int keysAndValues = 2 * heads.keyValue() * heads.width();
        int up = model.architecture().mlp().columns();
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
