package dev.trireme.engine;

import dev.trireme.config.HalfLayers;

/**
 * The part of a model that a stage holds: a run of sublayers, which may be empty, with or without the embeddings and
 * the head. Sublayer 2 l is the attention of layer l, 2 l + 1 its MLP.
 *
 * @param firstSublayer from 0
 * @param endSublayer one more than the last sublayer
 * @param embeddings whether it starts with the embeddings; then {@code firstSublayer} is 0
 * @param head whether it ends with final norm, head and loss; then {@code endSublayer} is twice the number of layers
 */
public record Part(int firstSublayer, int endSublayer, boolean embeddings, boolean head) {
    /** In layers, such as {@code layers [0, 3.5)}. */
    @Override
    public String toString() {
        return "layers [" + HalfLayers.text(firstSublayer) + ", " + HalfLayers.text(endSublayer) + ")";
    }
}
