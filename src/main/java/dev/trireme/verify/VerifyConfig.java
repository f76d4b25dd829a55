package dev.trireme.verify;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.Requirements;
import dev.trireme.model.Families;
import dev.trireme.model.Family;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.ModelSizes;
import java.util.Objects;
import java.util.Optional;

/**
 * The training that every layout runs: a small model with dropout, on random tokens that depend on the step number
 * only.
 *
 * @param family one of {@link Families#names}
 * @param steps of AdamW, clipped
 * @param microBatches of the global batch, a power of two
 * @param rows of each micro-batch
 * @param exact whether gradients are summed along a fixed tree; otherwise layouts may differ in the last bits
 */
public record VerifyConfig(String family, int steps, int microBatches, int rows, boolean exact) {
    static final int LENGTH = 32;
    private static final int LAYERS = 4;
    private static final int TIMEOUT_SECONDS = 60;
    private static final double DROPOUT = 0.1;

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public VerifyConfig {
        Objects.requireNonNull(family, "family");
        Families.named(family);
        Requirements.within("steps", steps, 1, 100_000);
        Requirements.within("micro-batches", microBatches, 1, 1024);
        Requirements.within("rows", rows, 1, 1024);
    }

    ModelConfig model() {
        Family kind = Families.named(family);
        ModelSizes sizes = new ModelSizes(LAYERS, 64, 500, LENGTH);
        Optional<Integer> kvHeads = kind.choosesWidths() ? Optional.of(2) : Optional.empty();
        Optional<Integer> intermediate = kind.choosesWidths() ? Optional.of(176) : Optional.empty();
        return kind.fresh(sizes, 4, kvHeads, intermediate).withDropout(DROPOUT, DROPOUT, DROPOUT);
    }

    ParallelConfig parallel(Layout layout) {
        return new ParallelConfig(
                        layout.replicas(),
                        microBatches,
                        1,
                        "cpu",
                        exact ? Reduction.TREE : Reduction.OVERLAPPED,
                        TIMEOUT_SECONDS)
                .withPipeline(new PipelineLayout(layout.stages(), "even", "1f1b", 1, ActivationCheckpointing.NEVER));
    }
}
