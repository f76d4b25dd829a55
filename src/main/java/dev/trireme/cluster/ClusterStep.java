package dev.trireme.cluster;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import java.util.List;

/**
 * A training step of one replica.
 *
 * @param schedule of its devices
 * @param costs of each stage, for one micro-batch
 * @param activationBytes that a stage hands to the next, and of their gradient on the way back
 * @param gradientBytes of each stage's weights, summed over replicas
 * @param bucketBytes that gradients are summed by at most; above 0
 * @param updateSeconds of the optimizer, after the sums
 */
public record ClusterStep(
        Schedule schedule,
        List<Cost> costs,
        double activationBytes,
        List<Double> gradientBytes,
        double bucketBytes,
        double updateSeconds) {
    /** Passes of a replica that take seconds to simulate. */
    private static final int MOST_PASSES = 1 << 18;

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public ClusterStep {
        NullChecks.require("schedule", schedule, "costs", costs, "gradientBytes", gradientBytes);
        costs = List.copyOf(costs);
        gradientBytes = List.copyOf(gradientBytes);
        requireOneEach("costs", costs.size(), schedule);
        requireOneEach("gradientBytes", gradientBytes.size(), schedule);
        amount("activationBytes", activationBytes);
        gradientBytes.forEach(bytes -> amount("gradientBytes", bytes));
        Requirements.that(bucketBytes > 0, "bucketBytes", bucketBytes, "more than 0 bytes");
        Requirements.duration("updateSeconds", updateSeconds);
        requirePasses(schedule.stages(), schedule.microBatches());
    }

    /**
     * Refuses what would take too long, before a schedule is made.
     *
     * @param stages of a replica, all chunks counted
     * @param microBatches of its step
     * @throws IllegalArgumentException naming both
     */
    public static void requirePasses(int stages, int microBatches) {
        long passes = (long) stages * microBatches;
        if (passes > MOST_PASSES) {
            throw new IllegalArgumentException("microBatches " + microBatches + " in " + stages + " stages are "
                    + passes + " passes to simulate; use numbers whose product is up to " + MOST_PASSES);
        }
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
