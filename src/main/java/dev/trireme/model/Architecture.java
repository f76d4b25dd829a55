package dev.trireme.model;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * The parts of a transformer block, independent of its size. A block is pre-norm: attention and MLP each have a norm
 * before them and a residual connection around them.
 *
 * @param norm of rows
 * @param rotary angles of rotary embeddings; {@link RotaryConfig#NONE} where positions are learned
 * @param attention its heads and what they see
 * @param mlp its kind and width
 * @param tied whether the head is the token embedding (Press and Wolf 2017)
 */
public record Architecture(
        NormConfig norm, RotaryConfig rotary, AttentionConfig attention, MlpConfig mlp, boolean tied) {
    /**
     * Checks that rotary embeddings have an even head width.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Architecture {
        NullChecks.require("norm", norm, "rotary", rotary, "attention", attention, "mlp", mlp);
        if (rotary.turns()) {
            AttentionConfig.Heads heads = attention.heads();
            if (heads.width() % 2 != 0) {
                throw new IllegalArgumentException("headWidth is " + heads.width() + " with " + heads.query()
                        + " heads; use an even number: rotary embeddings turn pairs");
            }
            Requirements.that(rotary.theta() > 0, "rotary theta", rotary.theta(), "more than 0");
        }
    }

    /**
     * This architecture with another norm.
     *
     * @param other of rows
     * @return the changed copy
     */
    public Architecture withNorm(NormConfig other) {
        Objects.requireNonNull(other, "other");
        return new Architecture(other, rotary, attention, mlp, tied);
    }

    /**
     * This architecture with other positions.
     *
     * @param other angles; {@link RotaryConfig#NONE} to learn positions
     * @return the changed copy
     * @throws IllegalArgumentException when heads of odd width are to be rotated
     */
    public Architecture withRotary(RotaryConfig other) {
        Objects.requireNonNull(other, "other");
        return new Architecture(norm, other, attention, mlp, tied);
    }

    /**
     * This architecture with other attention.
     *
     * @param other its heads and what they see
     * @return the changed copy
     * @throws IllegalArgumentException when heads of odd width are to be rotated
     */
    public Architecture withAttention(AttentionConfig other) {
        Objects.requireNonNull(other, "other");
        return new Architecture(norm, rotary, other, mlp, tied);
    }

    /**
     * This architecture with another MLP.
     *
     * @param other its kind and width
     * @return the changed copy
     */
    public Architecture withMlp(MlpConfig other) {
        Objects.requireNonNull(other, "other");
        return new Architecture(norm, rotary, attention, other, tied);
    }

    /**
     * This architecture with a head of its own, or with one that is the embedding.
     *
     * @param shared whether the head is the token embedding
     * @return the changed copy
     */
    public Architecture withTied(boolean shared) {
        return new Architecture(norm, rotary, attention, mlp, shared);
    }
}
