package dev.trireme.model;

import dev.trireme.config.Requirements;

/**
 * Sizes of a model.
 *
 * @param layers number of blocks
 * @param hidden width of the residual stream
 * @param vocabulary number of token ids, and rows of the token embedding
 * @param positions longest sequence
 */
public record ModelSizes(int layers, int hidden, int vocabulary, int positions) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ModelSizes {
        // The bounds keep every product of sizes far inside a long.
        Requirements.within("layers", layers, 1, 10_000);
        Requirements.within("hidden", hidden, 1, 1 << 20);
        Requirements.within("vocabulary", vocabulary, 1, 10_000_000);
        Requirements.within("positions", positions, 1, 1 << 24);
    }
}
