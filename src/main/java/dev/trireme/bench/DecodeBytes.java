package dev.trireme.bench;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.ModelFamily;
import dev.trireme.engine.Weights;

/**
 * The weights that a decode step must read, whatever the batch: all but the rows of tables that are only looked up, which
 * are learned positions and an embedding that is not the head as well. Norms and biases are float32 always.
 */
final class DecodeBytes {
    private DecodeBytes() {}

    static long of(ModelConfig model, Weights weights) {
        long matrices =
                LinearLayer.of(model).stream().mapToLong(LinearLayer::elements).sum();
        long positions = model.family() == ModelFamily.GPT2 ? model.positions() : 0;
        long lookedUp = (positions + (model.tied() ? 0 : model.vocabulary())) * model.hidden();
        long vectors = model.parameterCount() - matrices - lookedUp;
        return matrices * (weights == Weights.BFLOAT16 ? Short.BYTES : Float.BYTES) + vectors * Float.BYTES;
    }
}
