package dev.trireme.model;

import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * The MLP of a block.
 *
 * @param kind what stands between its linear layers
 * @param intermediate width inside
 * @param inBias whether the linear layers into it have biases
 * @param outBias whether the one out of it has
 */
public record MlpConfig(Kind kind, int intermediate, boolean inBias, boolean outBias) {
    /** What stands between the linear layers. */
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
     * How wide the product into it is.
     *
     * @return {@code intermediate}, twice for a gated MLP
     */
    public int columns() {
        return kind == Kind.SWIGLU ? 2 * intermediate : intermediate;
    }
}
