package dev.trireme.model;

import dev.trireme.config.NullChecks;

/**
 * Names of a model's tensors in files, without prefix and without {@code .weight} and {@code .bias}. Names of a layer's
 * parts follow {@code layer}, its number and a dot.
 *
 * @param ends names outside the layers
 * @param layer prefix of a layer's number, with a dot
 * @param attention names of attention
 * @param headNorms names of the norms of heads, where the model has them
 * @param mlp names of the MLP
 */
public record TensorNames(Ends ends, String layer, Attention attention, HeadNorms headNorms, Mlp mlp) {
    /** Checks that no component is null. */
    public TensorNames {
        NullChecks.require("ends", ends, "layer", layer, "attention", attention, "headNorms", headNorms, "mlp", mlp);
    }

    /**
     * Tensors outside the layers.
     *
     * @param embedding of tokens
     * @param positions table of learned positions
     * @param norm before the head
     * @param head an untied head; files have it without prefix
     */
    public record Ends(String embedding, String positions, String norm, String head) {
        /** Checks that no component is null. */
        public Ends {
            NullChecks.require("embedding", embedding, "positions", positions, "norm", norm, "head", head);
        }
    }

    /**
     * Attention. Projections with the same name are one tensor.
     *
     * @param norm before it
     * @param query into queries
     * @param key into keys
     * @param value into values
     * @param output back into the residual stream
     */
    public record Attention(String norm, String query, String key, String value, String output) {
        /** Checks that no component is null. */
        public Attention {
            NullChecks.require("norm", norm, "query", query, "key", key, "value", value, "output", output);
        }
    }

    /**
     * Norms of heads.
     *
     * @param query of query heads
     * @param key of key heads
     */
    public record HeadNorms(String query, String key) {
        /** Checks that no component is null. */
        public HeadNorms {
            NullChecks.require("query", query, "key", key);
        }
    }

    /**
     * The MLP.
     *
     * @param norm before it
     * @param gate of a gated one
     * @param up into it
     * @param down back into the residual stream
     */
    public record Mlp(String norm, String gate, String up, String down) {
        /** Checks that no component is null. */
        public Mlp {
            NullChecks.require("norm", norm, "gate", gate, "up", up, "down", down);
        }
    }
}
