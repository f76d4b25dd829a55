package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Layout;
import java.util.List;

/**
 * Which layouts of a training step to measure in turn.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param rows of a step over all ranks
 * @param length tokens of a row
 * @param rounds in which every layout has its turn
 * @param layouts with explicit splits
 */
public record LayoutSetting(String shape, int rows, int length, int rounds, List<Layout> layouts) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public LayoutSetting {
        NullChecks.require("shape", shape, "layouts", layouts);
        layouts = List.copyOf(layouts);
        Requirements.within("length", length, 2, ModelConfig.ofShape(shape).positions());
        Requirements.within("rounds", rounds, 1, 1000);
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    int ranks() {
        return layouts.stream().mapToInt(Layout::ranks).max().orElse(1);
    }
}
