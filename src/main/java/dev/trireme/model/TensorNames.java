package dev.trireme.model;

/**
 * What files call a model's tensors, without prefix and without {@code .weight} and {@code .bias}. Names of a layer's parts
 * follow {@code layer}, its number and a dot.
 *
 * @param ends those outside the layers
 * @param layer what stands before a layer's number, with a dot
 * @param attention those of attention
 * @param headNorms those of the norms of heads, where there are some
 * @param mlp those of the MLP
 */
public record TensorNames(Ends ends, String layer, Attention attention, HeadNorms headNorms, Mlp mlp) {
    /**
     * Outside the layers.
     *
     * @param embedding of tokens
     * @param positions where they are learned
     * @param norm before the head
     * @param head where it is not the embedding; files have it without prefix
     */
    public record Ends(String embedding, String positions, String norm, String head) {}

    /**
     * Attention. Queries, keys and values of one name are one tensor.
     *
     * @param norm before it
     * @param query into queries
     * @param key into keys
     * @param value into values
     * @param output back into the residual stream
     */
    public record Attention(String norm, String query, String key, String value, String output) {}

    /**
     * Norms of heads.
     *
     * @param query of query heads
     * @param key of key heads
     */
    public record HeadNorms(String query, String key) {}

    /**
     * The MLP.
     *
     * @param norm before it
     * @param gate of a gated one
     * @param up into it
     * @param down back into the residual stream
     */
    public record Mlp(String norm, String gate, String up, String down) {}
}
