package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import java.util.List;

/**
 * Which layouts of a training step to measure in turn.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param rows of a step over all ranks
 * @param length tokens of a row
 * @param rounds in which every layout has its turn
 * @param layouts with explicit splits
 * @param costs folder of the machine's costs, with one of costs for each round in it; "" to predict nothing
 */
public record LayoutSetting(String shape, int rows, int length, int rounds, List<Layout> layouts, String costs) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public LayoutSetting {
        NullChecks.require("shape", shape, "layouts", layouts, "costs", costs);
        layouts = List.copyOf(layouts);
        Requirements.within("length", length, 2, ModelConfig.ofShape(shape).positions());
        Requirements.within("rounds", rounds, 1, 1000);
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    /**
     * What is done in a step.
     *
     * @return the planner's job
     */
    public Job job() {
        return new Job(shape, model(), NumberType.FLOAT32, rows, length, 0);
    }

    int ranks() {
        return layouts.stream().mapToInt(Layout::ranks).max().orElse(1);
    }
}
