package dev.trireme.model;

import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * The norm before attention, before the MLP and before the head.
 *
 * @param kind layer norm or RMS norm
 * @param epsilon added to the variance or the mean square
 */
public record NormConfig(Kind kind, double epsilon) {
    /** The kind of norm. */
    public enum Kind {
        /** Mean and variance, with a weight and a bias (Ba et al. 2016). */
        LAYER,
        /** The root of the mean square, with a weight (Zhang and Sennrich 2019). */
        RMS
    }

    /**
     * Checks the epsilon.
     *
     * @throws IllegalArgumentException when it is not between 0 and 1
     */
    public NormConfig {
        Objects.requireNonNull(kind, "kind");
        Requirements.that(epsilon > 0 && epsilon < 1, "normEpsilon", epsilon, "more than 0 and less than 1");
    }
}
