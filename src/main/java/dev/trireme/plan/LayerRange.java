package dev.trireme.plan;

/**
 * Consecutive layers of a model, those of one stage.
 *
 * @param first number of the first layer, from 0
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
                    "layers " + first + " to " + end + " are no range; use 0 <= first <= end");
        }
    }

    /**
     * How many.
     *
     * @return the number of layers, perhaps 0
     */
    public int size() {
        return end - first;
    }
}
