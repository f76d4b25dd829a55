package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import java.util.List;

/**
 * What a layout's devices have to do in a training step, for who wants to time it otherwise.
 *
 * @param schedule of a rank
 * @param costs of each stage, for one micro-batch
 * @param activationBytes that a stage hands to the next
 * @param gradientBytes of each stage's weights, summed over ranks
 * @param bucketBytes that gradients are summed by at most
 * @param updateSeconds of norm and optimizer
 */
public record StageWork(
        Schedule schedule,
        List<Cost> costs,
        double activationBytes,
        List<Double> gradientBytes,
        double bucketBytes,
        double updateSeconds) {
    /** Keeps copies of the lists. */
    public StageWork {
        NullChecks.require("schedule", schedule, "costs", costs, "gradientBytes", gradientBytes);
        costs = List.copyOf(costs);
        gradientBytes = List.copyOf(gradientBytes);
    }
}
