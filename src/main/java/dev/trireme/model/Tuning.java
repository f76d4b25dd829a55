package dev.trireme.model;

import dev.trireme.config.NullChecks;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What of a model is trained. What is frozen has neither gradients nor optimizer state.
 *
 * @param lora low-rank updates, which are then all that is trained
 * @param freezing what is frozen without them
 */
public record Tuning(LoraConfig lora, Freezing freezing) {
    /** Everything is trained. */
    public static final Tuning ALL = new Tuning(LoraConfig.NONE, Freezing.NONE);

    private static final Set<LoraTarget> QKV = EnumSet.of(LoraTarget.QUERY, LoraTarget.KEY, LoraTarget.VALUE);

    /**
     * Checks that only one of the two is there.
     *
     * @throws IllegalArgumentException when both are
     */
    public Tuning {
        NullChecks.require("lora", lora, "freezing", freezing);
        if (lora.adapts() && !freezing.equals(Freezing.NONE)) {
            throw new IllegalArgumentException(
                    "loraRank is " + lora.rank() + ", which freezes all weights of the model; leave freeze out");
        }
    }

    /**
     * Low-rank adaptation.
     *
     * @param lora updates
     * @return what they alone are trained by
     */
    public static Tuning of(LoraConfig lora) {
        return new Tuning(lora, Freezing.NONE);
    }

    /** Refuses what a model cannot be tuned by. */
    void requireFit(ModelSizes sizes, Architecture architecture, FileFormat format) {
        TensorNames.Attention names = format.names().attention();
        boolean joined = names.query().equals(names.key());
        if (joined
                && lora.targets().stream().anyMatch(QKV::contains)
                && !lora.targets().containsAll(QKV)) {
            throw new IllegalArgumentException("loraTargets are " + lora.targets() + ", but the model has queries, keys"
                    + " and values in one matrix; target all three");
        }
        if (lora.targets().contains(LoraTarget.GATE) && architecture.mlp().kind() != MlpConfig.Kind.SWIGLU) {
            throw new IllegalArgumentException(
                    "loraTargets are " + lora.targets() + ", but the model's MLP has no gate; leave it out");
        }
        for (Freezing.Layers run : freezing.layers()) {
            if (run.last() >= sizes.layers()) {
                throw new IllegalArgumentException("freeze has layer " + run.last() + ", but the model has layers 0 to "
                        + (sizes.layers() - 1) + "; name those");
            }
        }
        boolean anyLayer = IntStream.range(0, sizes.layers()).anyMatch(layer -> !freezing.freezes(layer));
        if (freezing.embeddings() && freezing.head() && !anyLayer) {
            throw new IllegalArgumentException("freeze names every part of the model; leave one to train");
        }
    }
}
