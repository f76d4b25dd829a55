package dev.trireme.model;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;

/**
 * The attention of a block.
 *
 * @param heads how many, and how wide
 * @param biases which of its linear layers have a bias
 * @param headNorms whether query and key heads are normalised before rotation (QK-norm, Dehghani et al. 2023)
 * @param window the sliding window
 */
public record AttentionConfig(Heads heads, Biases biases, boolean headNorms, Window window) {
    /** Checks that no component is null. */
    public AttentionConfig {
        NullChecks.require("heads", heads, "biases", biases, "window", window);
    }

    /**
     * Numbers and width of heads.
     *
     * @param query how many query heads
     * @param keyValue how many key and value heads; they divide {@code query} (grouped-query attention, Ainslie et al. 2023)
     * @param width of each
     */
    public record Heads(int query, int keyValue, int width) {
        /**
         * Checks every component.
         *
         * @throws IllegalArgumentException naming the component, its value and what it may be
         */
        public Heads {
            Requirements.within("heads", query, 1, 1 << 20);
            Requirements.within("kvHeads", keyValue, 1, query);
            Requirements.within("headWidth", width, 1, 1 << 16);
            Requirements.that(
                    (long) query * width <= 1 << 20, "heads × headWidth", (long) query * width, "up to 1048576");
            Requirements.that(query % keyValue == 0, "kvHeads", keyValue, "a divisor of heads " + query);
        }

        /**
         * Heads that share the width of the residual stream.
         *
         * @param query how many query heads, a divisor of {@code hidden}
         * @param keyValue how many key and value heads
         * @param hidden width of the residual stream
         * @return heads of width hidden / query
         * @throws IllegalArgumentException naming what is out of bounds
         */
        public static Heads sharing(int query, int keyValue, int hidden) {
            Requirements.within("hidden", hidden, 1, 1 << 20);
            Requirements.within("heads", query, 1, hidden);
            Requirements.that(hidden % query == 0, "heads", query, "a divisor of hidden " + hidden);
            return new Heads(query, keyValue, hidden / query);
        }
    }

    /**
     * Which linear layers have a bias.
     *
     * @param query that of queries
     * @param key that of keys
     * @param value that of values
     * @param output that of the output projection
     */
    public record Biases(boolean query, boolean key, boolean value, boolean output) {
        /** On none. */
        public static final Biases NONE = new Biases(false, false, false, false);
        /** On all four. */
        public static final Biases ALL = new Biases(true, true, true, true);
    }

    /**
     * A sliding window: how many positions a token attends to (Beltagy et al. 2020).
     *
     * @param positions how many, its own included; 0 for all
     * @param fullLayers number of first layers without a window
     */
    public record Window(int positions, int fullLayers) {
        /** Full causal attention in every layer. */
        public static final Window NONE = new Window(0, 0);

        /**
         * Checks both components.
         *
         * @throws IllegalArgumentException when one is negative
         */
        public Window {
            Requirements.that(positions >= 0, "window", positions, "0 for none, or a number of positions");
            Requirements.that(fullLayers >= 0, "fullLayers", fullLayers, "a number of layers from 0");
        }
    }

    /**
     * Attention without norms of heads and without a window.
     *
     * @param heads how many, and how wide
     * @param biases which linear layers have one
     * @return the configuration
     */
    public static AttentionConfig plain(Heads heads, Biases biases) {
        NullChecks.require("heads", heads, "biases", biases);
        return new AttentionConfig(heads, biases, false, Window.NONE);
    }
}
