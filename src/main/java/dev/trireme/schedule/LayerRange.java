package dev.trireme.schedule;

import dev.trireme.config.HalfLayers;

/**
 * Consecutive layers of a model, those of one stage, counted in sublayers: 2 l is the attention of layer l, 2 l + 1 its
 * MLP.
 *
 * @param first number of the first sublayer, from 0
 * @param end number after the last one; equal to {@code first} for a stage that holds only the embedding or the head
 */
public record LayerRange(int first, int end) {
    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException when it ends before it begins
     */
    public LayerRange {
        if (first < 0 || end < first) {
            throw new IllegalArgumentException(
                    "sublayers " + first + " to " + end + " are no range; use 0 <= first <= end");
        }
    }

    /**
     * Number of sublayers.
     *
     * @return the number of sublayers, perhaps 0
     */
    public int size() {
        return end - first;
    }

    /** The number of layers, as in a split, such as {@code 3.5}. */
    String text() {
        return HalfLayers.text(size());
    }
}
