package dev.trireme.engine;

import dev.trireme.config.HalfLayers;

/**
 * What a stage holds of a model: a run of sublayers, which may be empty, and perhaps what is at the ends. Sublayer 2 l is
 * the attention of layer l, 2 l + 1 its MLP.
 *
 * @param firstSublayer from 0
 * @param endSublayer the sublayer behind the last
 * @param embeddings whether it starts with them; then {@code firstSublayer} is 0
 * @param head whether it ends with final norm, head and loss; then {@code endSublayer} is twice the number of layers
 */
public record Part(int firstSublayer, int endSublayer, boolean embeddings, boolean head) {
    /** In layers, such as {@code layers [0, 3.5)}. */
    @Override
    public String toString() {
        return "layers [" + HalfLayers.text(firstSublayer) + ", " + HalfLayers.text(endSublayer) + ")";
    }
}
