package dev.trireme.bench;

import java.util.Arrays;

/**
 * The spread of measured values.
 *
 * @param min the least
 * @param median of the values
 * @param max the greatest
 */
public record Spread(double min, double median, double max) {
    static Spread of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }
}
