package dev.trireme.model;

import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * The MLP of a block.
 *
 * @param kind the activation between its linear layers
 * @param intermediate width between them
 * @param inBias whether the gate and up projections have biases
 * @param outBias whether the down projection has a bias
 */
public record MlpConfig(Kind kind, int intermediate, boolean inBias, boolean outBias) {
    /** The activation between the linear layers. */
    public enum Kind {
        /** GELU by its tanh formula (Hendrycks and Gimpel 2016). */
        GELU,
        /** The SiLU of a gate times another projection (Shazeer 2020). */
        SWIGLU
    }

    /**
     * Checks the width.
     *
     * @throws IllegalArgumentException when it is out of bounds
     */
    public MlpConfig {
        Objects.requireNonNull(kind, "kind");
        Requirements.within("intermediate", intermediate, 1, 1 << 24);
    }

    /**
     * Width of the first linear layer's output.
     *
     * @return {@code intermediate}, twice that for a gated MLP
     */
    public int columns() {
        return kind == Kind.SWIGLU ? 2 * intermediate : intermediate;
    }
}
