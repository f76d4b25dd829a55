package dev.trireme.parallel;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The result of a training step.
 *
 * @param lossSum sum over the labels of all ranks of weight × −log p, in nats
 * @param weightSum sum of their weights
 * @param gradientNorms L2 norms of the averaged gradients before clipping, of the embeddings, each sublayer and the head
 * @param times of this rank
 */
public record StepResult(double lossSum, double weightSum, List<Double> gradientNorms, Times times) {
    /**
     * How long a step took.
     *
     * @param computeNanos time of this rank's own work
     * @param exposedCommunicationNanos exposed communication: time that this rank waited for others, beyond what
     *     overlapped backward
     */
    public record Times(long computeNanos, long exposedCommunicationNanos) {}

    /** Keeps an unmodifiable copy. */
    public StepResult {
        NullChecks.require("gradientNorms", gradientNorms, "times", times);
        gradientNorms = List.copyOf(gradientNorms);
    }

    /**
     * The mean loss of the step, before its update.
     *
     * @return nats per unit of weight
     */
    public double loss() {
        return lossSum / weightSum;
    }
}
