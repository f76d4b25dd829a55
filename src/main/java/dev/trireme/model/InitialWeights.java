package dev.trireme.model;

import dev.trireme.config.Requirements;

/**
 * Initialisation of weights. Norms begin as 1, biases as 0.
 *
 * @param range standard deviation of matrices
 * @param scaledResiduals whether that of the projections into the residual stream is divided by √(2 × layers)
 *     (Radford et al. 2019)
 */
public record InitialWeights(double range, boolean scaledResiduals) {
    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException when it is not between 0 and 1
     */
    public InitialWeights {
        Requirements.that(range >= 0 && range <= 1, "initializerRange", range, "0 to 1");
    }
}
