package dev.trireme.schedule;

import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * Compute time of one micro-batch on a stage or a part of it.
 *
 * @param forwardSeconds of the forward pass
 * @param backwardSeconds of the gradient of the input; of the whole backward pass where the two were timed as one
 * @param weightSeconds of the gradients of the weights; 0 where they are in {@code backwardSeconds}
 */
public record Cost(double forwardSeconds, double backwardSeconds, double weightSeconds) {
    /** The cost of a part that does nothing. */
    public static final Cost NONE = new Cost(0, 0, 0);

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException for a negative or endless time
     */
    public Cost {
        Requirements.duration("forwardSeconds", forwardSeconds);
        Requirements.duration("backwardSeconds", backwardSeconds);
        Requirements.duration("weightSeconds", weightSeconds);
    }

    /**
     * The cost of two parts in sequence.
     *
     * @param other the second part
     * @return the sum of each component
     */
    public Cost plus(Cost other) {
        Objects.requireNonNull(other, "other");
        return new Cost(
                forwardSeconds + other.forwardSeconds,
                backwardSeconds + other.backwardSeconds,
                weightSeconds + other.weightSeconds);
    }

    /**
     * The whole time: forward and backward.
     *
     * @return seconds
     */
    public double seconds() {
        return forwardSeconds + backwardSeconds + weightSeconds;
    }

    long nanos(TaskKind kind, boolean splitsWeights) {
        return nanos(seconds(kind, splitsWeights));
    }

    /** Of one task; without tasks for the gradients of the weights, backward does both. */
    double seconds(TaskKind kind, boolean splitsWeights) {
        return switch (kind) {
            case FORWARD -> forwardSeconds;
            case BACKWARD -> splitsWeights ? backwardSeconds : backwardSeconds + weightSeconds;
            case WEIGHT -> weightSeconds;
        };
    }

    /** Whole numbers, so that sums of equal costs are equal. */
    static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}
