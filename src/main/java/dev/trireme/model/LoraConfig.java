package dev.trireme.model;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Low-rank adaptation (Hu et al. 2021): a projection y = x Wᵀ that is a target becomes
 * y = x Wᵀ + (alpha / rank) dropout(x) Aᵀ Bᵀ, with A (rank, in) and B (out, rank). They are trained and nothing else.
 *
 * @param rank columns of B; 0 for no adaptation
 * @param alpha the update is multiplied with alpha / rank
 * @param targets projections that have one; none without a rank
 * @param dropout share of the update's input that is dropped in training
 */
public record LoraConfig(int rank, double alpha, Set<LoraTarget> targets, double dropout) {
    /** No adaptation. */
    public static final LoraConfig NONE = new LoraConfig(0, 1, Set.of(), 0);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public LoraConfig {
        NullChecks.require("targets", targets);
        Requirements.within("loraRank", rank, 0, 1 << 16);
        Requirements.that(Double.isFinite(alpha), "loraAlpha", alpha, "a number");
        Requirements.that(dropout >= 0 && dropout < 1, "loraDropout", dropout, "at least 0 and below 1");
        if ((rank == 0) != targets.isEmpty()) {
            throw new IllegalArgumentException("loraRank is " + rank + " with the targets " + targets
                    + "; give a rank from 1 and one target or more");
        }
        targets = targets.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(targets));
    }

    /**
     * Whether there is any adaptation.
     *
     * @return false for {@link #NONE}
     */
    public boolean adapts() {
        return rank > 0;
    }

    /**
     * What the update is multiplied with.
     *
     * @return alpha / rank
     */
    public double scale() {
        return alpha / rank;
    }
}
