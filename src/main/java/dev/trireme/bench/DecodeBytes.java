package dev.trireme.bench;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;

/**
 * Bytes of weights that a decode step must read, whatever the batch: all but tables that are only looked up, which are
 * learned positions and an untied embedding. Norms and biases are always float32.
 */
final class DecodeBytes {
    private DecodeBytes() {}

    static long of(ModelConfig model, Weights weights) {
        long matrices =
                LinearLayer.of(model).stream().mapToLong(LinearLayer::elements).sum();
        long vectors = Stage.parametersOf(model).stream()
                .filter(parameter -> parameter.shape().size() == 1)
                .mapToLong(ParameterInfo::count)
                .sum();
        return matrices * (weights == Weights.BFLOAT16 ? Short.BYTES : Float.BYTES) + vectors * Float.BYTES;
    }
}
