package dev.trireme.bench;

import dev.trireme.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The matrix products of a training step: forward, input gradient and weight gradient of every linear layer and of the
 * head. No implementation of the step in float32 can be faster than they are.
 *
 * <pre>
 *   y (N, out) = x (N, in) · W      dx (N, in) = dy (N, out) · Wᵀ      dW (in, out) = xᵀ (in, N) · dy
 * </pre>
 */
final class StepGemms {
    private StepGemms() {}

    /** A product (rows, inner) × (inner, columns) that a step takes {@code times} times. */
    record Gemm(int rows, int inner, int columns, int times) {}

    /** Measures a product. */
    @FunctionalInterface
    interface Timer {
        double seconds(int rows, int inner, int columns);
    }

    static List<Gemm> of(ModelConfig model, int tokens) {
        int hidden = model.hidden();
        List<Gemm> gemms = new ArrayList<>();
        addLinear(gemms, tokens, hidden, 3 * hidden, model.layers()); // queries, keys and values
        addLinear(gemms, tokens, hidden, hidden, model.layers()); // attention's projection
        addLinear(gemms, tokens, hidden, model.intermediate(), model.layers());
        addLinear(gemms, tokens, model.intermediate(), hidden, model.layers());
        addLinear(gemms, tokens, hidden, model.vocabulary(), 1); // head
        return gemms;
    }

    static double seconds(List<Gemm> gemms, Timer timer) {
        return gemms.stream()
                .mapToDouble(gemm -> gemm.times() * timer.seconds(gemm.rows(), gemm.inner(), gemm.columns()))
                .sum();
    }

    private static void addLinear(List<Gemm> gemms, int tokens, int in, int out, int times) {
        gemms.add(new Gemm(tokens, in, out, times));
        gemms.add(new Gemm(tokens, out, in, times));
        gemms.add(new Gemm(in, tokens, out, times));
    }
}
