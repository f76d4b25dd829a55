package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import java.util.List;

/**
 * What a layout's devices have to do in a training step.
 *
 * @param schedule of a rank
 * @param costs of each stage, for one micro-batch
 * @param activationBytes that a stage hands to the next, and of their gradient on the way back
 * @param gradientBytes of each stage's weights, summed over ranks
 * @param bucketBytes that gradients are summed by at most; above 0
 * @param updateSeconds of norm and optimizer, after the sums
 */
public record StageWork(
        Schedule schedule,
        List<Cost> costs,
        double activationBytes,
        List<Double> gradientBytes,
        double bucketBytes,
        double updateSeconds) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public StageWork {
        NullChecks.require("schedule", schedule, "costs", costs, "gradientBytes", gradientBytes);
        costs = List.copyOf(costs);
        gradientBytes = List.copyOf(gradientBytes);
        requireOneEach("costs", costs.size(), schedule);
        requireOneEach("gradientBytes", gradientBytes.size(), schedule);
        amount("activationBytes", activationBytes);
        gradientBytes.forEach(bytes -> amount("gradientBytes", bytes));
        Requirements.that(bucketBytes > 0, "bucketBytes", bucketBytes, "more than 0 bytes");
        Requirements.duration("updateSeconds", updateSeconds);
    }

    private static void requireOneEach(String name, int count, Schedule schedule) {
        Requirements.that(
                count == schedule.stages(),
                "number of " + name,
                count,
                "one for each of " + schedule.stages() + " stages");
    }

    private static void amount(String name, double bytes) {
        Requirements.that(bytes >= 0 && bytes < Double.POSITIVE_INFINITY, name, bytes, "0 bytes or more");
    }
}
