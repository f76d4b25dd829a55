package dev.trireme.model;

import dev.trireme.config.Requirements;

/**
 * Dropout probabilities of training (Srivastava et al. 2014).
 *
 * @param embedding share of the embeddings' output, 0 to below 1
 * @param attention share of the attention weights, 0 to below 1
 * @param residual share of each branch's output, 0 to below 1
 */
public record DropoutConfig(double embedding, double attention, double residual) {
    /** No dropout. */
    public static final DropoutConfig NONE = new DropoutConfig(0, 0, 0);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public DropoutConfig {
        requireShare("embeddingDropout", embedding);
        requireShare("attentionDropout", attention);
        requireShare("residualDropout", residual);
    }

    private static void requireShare(String name, double value) {
        Requirements.that(value >= 0 && value < 1, name, value, "0 to below 1");
    }
}
