package dev.trireme.bench;

import dev.trireme.model.ModelConfig;
import java.util.List;
import java.util.stream.Stream;

/**
 * The GEMMs of a training step: forward, input gradient and weight gradient of every linear layer and of the head.
 * Their time is a lower bound for any implementation of the step in float32.
 *
 * <pre>
 *   y (N, out) = x (N, in) · W      dx (N, in) = dy (N, out) · Wᵀ      dW (in, out) = xᵀ (in, N) · dy
 * </pre>
 */
final class StepGemms {
    private StepGemms() {}

    /** A product (rows, inner) × (inner, columns) that a step computes {@code times} times. */
    record Gemm(int rows, int inner, int columns, int times) {}

    /** Measures a product. */
    @FunctionalInterface
    interface Timer {
        double seconds(int rows, int inner, int columns);
    }

    static List<Gemm> of(ModelConfig model, int tokens) {
        return LinearLayer.of(model).stream()
                .flatMap(layer -> products(layer, tokens))
                .toList();
    }

    static double seconds(List<Gemm> gemms, Timer timer) {
        return gemms.stream()
                .mapToDouble(gemm -> gemm.times() * timer.seconds(gemm.rows(), gemm.inner(), gemm.columns()))
                .sum();
    }

    private static Stream<Gemm> products(LinearLayer layer, int tokens) {
        return Stream.of(
                new Gemm(tokens, layer.in(), layer.out(), layer.times()),
                new Gemm(tokens, layer.out(), layer.in(), layer.times()),
                new Gemm(layer.in(), tokens, layer.out(), layer.times()));
    }
}
