package dev.trireme.model;

import java.util.Objects;

/**
 * The angles of rotary embeddings (Su et al. 2021): position × theta<sup>−2i / headWidth</sup> for pair i of a head,
 * and their scaling for contexts longer than those of the first training.
 *
 * @param theta base of the angles; 0 for none
 * @param scaling kind of scaling for longer contexts
 * @param factor by how much; 1 for {@link Scaling#NONE}
 * @param lowFrequency angles with fewer rotations than this within {@code originalPositions} are divided by the factor
 * @param highFrequency angles with more rotations than this are kept; those between are interpolated
 * @param originalPositions context length of the first training; the last three count for {@link Scaling#LLAMA3} only
 */
public record RotaryConfig(
        double theta,
        Scaling scaling,
        double factor,
        double lowFrequency,
        double highFrequency,
        int originalPositions) {

    /** Kinds of scaling for longer contexts. */
    public enum Scaling {
        /** Not at all. */
        NONE,
        /** Positions are divided by the factor (Chen et al. 2023). */
        LINEAR,
        /** By frequency, as Llama 3.1 does. */
        LLAMA3
    }

    /** No rotary embeddings: positions are learned. */
    public static final RotaryConfig NONE = new RotaryConfig(0, Scaling.NONE, 1, 1, 4, 0);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public RotaryConfig {
        Objects.requireNonNull(scaling, "scaling");
        require(theta >= 0 && Double.isFinite(theta), "theta", theta, "a number from 0");
        require(factor >= 1 && Double.isFinite(factor), "factor", factor, "a number from 1");
        if (scaling == Scaling.LLAMA3) {
            require(lowFrequency > 0 && Double.isFinite(lowFrequency), "low_freq_factor", lowFrequency, "more than 0");
            boolean above = highFrequency > lowFrequency && Double.isFinite(highFrequency);
            require(above, "high_freq_factor", highFrequency, "more than low_freq_factor " + lowFrequency);
            require(originalPositions > 0, "original_max_position_embeddings", originalPositions, "more than 0");
        }
    }

    /**
     * Rotary embeddings without scaling.
     *
     * @param theta their base
     * @return the configuration
     */
    public static RotaryConfig plain(double theta) {
        return new RotaryConfig(theta, Scaling.NONE, 1, 1, 4, 0);
    }

    /**
     * Rotary embeddings with positions divided by a factor.
     *
     * @param theta base of the angles
     * @param factor from 1
     * @return the configuration
     */
    public static RotaryConfig linear(double theta, double factor) {
        return new RotaryConfig(theta, Scaling.LINEAR, factor, 1, 4, 0);
    }

    /**
     * Whether queries and keys are rotated.
     *
     * @return false where positions are learned
     */
    public boolean turns() {
        return !equals(NONE);
    }

    private static void require(boolean holds, String name, Number value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException("rotary " + name + " is " + value + "; use " + allowed);
        }
    }
}
