package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.List;
import java.util.Objects;

/**
 * What a schedule is searched for.
 *
 * @param costs of each stage, for one micro-batch; stage {@code s} is on device {@code s mod devices}
 * @param devices p
 * @param microBatches m
 * @param mostLive activations of a stage's micro-batch that a device has room for, as {@link Schedule#liveActivations}
 *     counts them: what a delayed weight task needs is held until that task
 * @param transfers between stages
 */
public record SearchProblem(List<Cost> costs, int devices, int microBatches, int mostLive, Transfer transfers) {
    /** Numbers for which the search keeps its promise of seconds. */
    private static final int MOST_PASSES = 8192;

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public SearchProblem {
        NullChecks.require("costs", costs, "transfers", transfers);
        costs = List.copyOf(costs);
        Requirements.positive("devices", devices);
        Requirements.positive("microBatches", microBatches);
        Requirements.positive("mostLive", mostLive);
        if (costs.isEmpty() || costs.size() % devices != 0) {
            throw new IllegalArgumentException("costs are of " + costs.size() + " stages for " + devices
                    + " devices; give one for each stage, the same number on every device");
        }
        if (mostLive < costs.size() / devices) {
            throw new IllegalArgumentException("mostLive is " + mostLive + " but a micro-batch passes "
                    + costs.size() / devices + " stages of a device; use that or more");
        }
        long passes = (long) costs.size() * microBatches;
        if (passes > MOST_PASSES) {
            throw new IllegalArgumentException("microBatches " + microBatches + " in " + costs.size() + " stages are "
                    + passes + " passes; use numbers whose product is up to " + MOST_PASSES);
        }
    }

    /**
     * Where transfers take no time.
     *
     * @param costs of each stage
     * @param devices p
     * @param microBatches m
     * @param mostLive activations that a device has room for
     * @return the problem
     * @throws IllegalArgumentException as the constructor
     */
    public static SearchProblem of(List<Cost> costs, int devices, int microBatches, int mostLive) {
        Objects.requireNonNull(costs, "costs");
        return new SearchProblem(costs, devices, microBatches, mostLive, Transfer.NONE);
    }

    int stages() {
        return costs.size();
    }

    int deviceOf(int stage) {
        return stage % devices;
    }

    /** Whether there is anything that could be put off. */
    boolean splitsWeights() {
        return costs.stream().anyMatch(cost -> cost.nanos(TaskKind.WEIGHT, true) > 0);
    }

    /** Nanoseconds of one task. */
    long nanos(int stage, TaskKind kind) {
        return costs.get(stage).nanos(kind, true);
    }

    /** Nanoseconds from the end of one stage's task until another stage's can start. */
    long way(int fromStage, int toStage) {
        return Cost.nanos(transfers.seconds(fromStage, toStage));
    }
}
