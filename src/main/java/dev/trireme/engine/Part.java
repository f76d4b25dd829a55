package dev.trireme.engine;

/**
 * What a stage holds of a model: a run of layers, which may be empty, and perhaps what is at the ends.
 *
 * @param firstLayer from 0
 * @param endLayer the layer behind the last
 * @param embeddings whether it starts with them; then {@code firstLayer} is 0
 * @param head whether it ends with final norm, head and loss; then {@code endLayer} is the number of layers
 */
public record Part(int firstLayer, int endLayer, boolean embeddings, boolean head) {
    /** Such as {@code layers [0, 5)}. */
    @Override
    public String toString() {
        return "layers [" + firstLayer + ", " + endLayer + ")";
    }
}
