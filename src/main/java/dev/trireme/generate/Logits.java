package dev.trireme.generate;

import java.util.Arrays;

/** Rows of logits (rows, V), as the model computed them in float32. */
final class Logits {
    private final float[] values;
    private final int vocabulary;

    Logits(float[] values, int vocabulary) {
        this.values = values;
        this.vocabulary = vocabulary;
    }

    float[] row(int row) {
        return Arrays.copyOfRange(values, row * vocabulary, (row + 1) * vocabulary);
    }

    /** Of equal ones the first. */
    int likeliest(int row) {
        int begin = row * vocabulary;
        int best = begin;
        for (int i = begin + 1; i < begin + vocabulary; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best - begin;
    }

    /** Log-softmax in float64; the largest logit is taken off first, so that nothing overflows. */
    double logProbability(int row, int token) {
        int begin = row * vocabulary;
        double largest = values[begin + likeliest(row)];
        double sum = 0;
        for (int i = begin; i < begin + vocabulary; i++) {
            sum += Math.exp(values[i] - largest);
        }
        return values[begin + token] - largest - Math.log(sum);
    }
}
