package dev.trireme.train;

import dev.trireme.config.NullChecks;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Norms of the gradients of a step, averaged over all ranks, before clipping.
 *
 * @param step its number
 * @param parts names: embeddings, each layer's attention and MLP, head
 * @param norms L2 of each part
 */
public record GradientMetrics(long step, List<String> parts, List<Double> norms) implements RunEvent {
    /** Copies the lists. */
    public GradientMetrics {
        NullChecks.require("parts", parts, "norms", norms);
        parts = List.copyOf(parts);
        norms = List.copyOf(norms);
    }

    static GradientMetrics of(long step, List<Double> norms) {
        return new GradientMetrics(
                step,
                IntStream.range(0, norms.size())
                        .mapToObj(part -> name(part, norms.size()))
                        .toList(),
                norms);
    }

    private static String name(int part, int parts) {
        if (part == 0) {
            return "embeddings";
        }
        if (part == parts - 1) {
            return "head";
        }
        return "layer " + (part - 1) / 2 + (part % 2 == 1 ? " attention" : " mlp");
    }
}
