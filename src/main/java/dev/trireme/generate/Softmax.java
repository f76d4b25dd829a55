package dev.trireme.generate;

import dev.trireme.engine.EngineException;

/** Exponentials of logits (V), and their sum. */
final class Softmax {
    private static final double POWER = 1024; // two to the ten
    static final int BLOCK = 512;
    private static final double LEAST = -700; // e to this is as good as 0

    private Softmax() {}

    /**
     * Sets weights[i] = e^((logits[i] − largest) / temperature), so that the largest weight is 1.
     *
     * <p>e^x = (e^(x / 1024))^1024, the inner one by its series: loops of plain multiplications, which the JVM turns into
     * vector code, four times as fast as {@code Math.exp}, and the same bits on every machine. Relative error below 1e-12
     * down to x = −8, below 1e-10 down to −20, where the weight is 2e-9 of the largest.
     */
    static void weights(float[] logits, int count, double temperature, double[] weights) {
        float largest = largest(logits, count);
        if (!Float.isFinite(largest)) {
            throw notFinite();
        }
        double scale = 1 / (temperature * POWER);
        for (int begin = 0; begin < count; begin += BLOCK) {
            int end = Math.min(begin + BLOCK, count);
            for (int i = begin; i < end; i++) {
                weights[i] = ((double) logits[i] - largest) * scale;
            }
            exponentiate(weights, begin, end);
        }
    }

    /** In four that do not wait for each other; NaN is passed over, and shows in the sum. */
    private static float largest(float[] values, int count) {
        float first = values[0];
        float second = first;
        float third = first;
        float fourth = first;
        int i = 0;
        for (; i < count - 3; i += 4) {
            first = values[i] > first ? values[i] : first;
            second = values[i + 1] > second ? values[i + 1] : second;
            third = values[i + 2] > third ? values[i + 2] : third;
            fourth = values[i + 3] > fourth ? values[i + 3] : fourth;
        }
        for (; i < count; i++) {
            first = values[i] > first ? values[i] : first;
        }
        return Math.max(Math.max(first, second), Math.max(third, fourth));
    }

    private static void exponentiate(double[] x, int begin, int end) {
        for (int i = begin; i < end; i++) {
            double y = Math.max(x[i], LEAST / POWER);
            double root = 1 + y * (1 + y * (1 / 2.0 + y * (1 / 6.0 + y * (1 / 24.0 + y * (1 / 120.0)))));
            double power32 = square(square(square(square(square(root)))));
            x[i] = square(square(square(square(square(power32)))));
        }
    }

    private static double square(double value) {
        return value * value;
    }

    /**
     * Adds up weights.
     *
     * @param sums given those of each block of {@link #BLOCK}
     * @throws EngineException when they are not finite
     */
    static double sum(double[] weights, int count, double[] sums) {
        double sum = 0;
        for (int begin = 0; begin < count; begin += BLOCK) {
            double block = sum(weights, begin, Math.min(begin + BLOCK, count));
            sums[begin / BLOCK] = block;
            sum += block;
        }
        if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
            throw notFinite();
        }
        return sum;
    }

    /** In four sums that do not wait for each other. */
    private static double sum(double[] weights, int begin, int end) {
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int i = begin;
        for (; i < end - 3; i += 4) {
            first += weights[i];
            second += weights[i + 1];
            third += weights[i + 2];
            fourth += weights[i + 3];
        }
        for (; i < end; i++) {
            first += weights[i];
        }
        return first + second + third + fourth;
    }

    /** The first of the largest. */
    static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** Log of the sum of exponentials, in float64: what to take off a logit for its log-probability. */
    static double logSum(float[] logits) {
        double largest = largest(logits, logits.length);
        double[] block = new double[Math.min(BLOCK, logits.length)];
        double sum = 0;
        for (int begin = 0; begin < logits.length; begin += BLOCK) {
            int count = Math.min(BLOCK, logits.length - begin);
            for (int i = 0; i < count; i++) {
                block[i] = (logits[begin + i] - largest) / POWER;
            }
            exponentiate(block, 0, count);
            sum += sum(block, 0, count);
        }
        if (!(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
            throw notFinite();
        }
        return largest + Math.log(sum);
    }

    static EngineException notFinite() {
        return new EngineException(
                EngineException.Kind.NOT_FINITE, "the model's logits are not finite; its weights are broken");
    }
}
