package dev.trireme.bench;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.Reduction;

/**
 * What to measure.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param worldSize ranks, each a process with a copy of the model
 * @param threads of each rank
 * @param batch rows of a step over all ranks
 * @param length tokens of a row
 * @param warmup steps before the measured ones
 * @param steps measured steps
 * @param reduction how gradients are averaged
 */
public record BenchConfig(
        String shape, int worldSize, int threads, int batch, int length, int warmup, int steps, Reduction reduction) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public BenchConfig {
        int positions = ModelConfig.ofShape(shape).positions();
        requireWithin("worldSize", worldSize, 1, 1024);
        requireWithin("threads", threads, 1, 1024);
        requireWithin("batch", batch, 1, 1 << 20);
        requireWithin("length", length, 2, positions);
        requireWithin("warmup", warmup, 1, 1_000_000);
        requireWithin("steps", steps, 1, 1_000_000);
        if (batch % worldSize != 0) {
            throw new IllegalArgumentException("batch " + batch + " cannot be shared equally by " + worldSize
                    + " ranks; use a multiple of " + worldSize);
        }
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    int rowsPerRank() {
        return batch / worldSize;
    }

    static void requireWithin(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + least + " to " + most);
        }
    }
}
