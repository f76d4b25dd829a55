package dev.trireme.parallel;

/**
 * The result of a training step.
 *
 * @param lossSum sum over the labels of all ranks of weight × −log p, in nats
 * @param weightSum sum of their weights
 * @param gradientNorm global L2 norm of the averaged gradients before clipping
 * @param computeNanos time of this rank's own work
 * @param exposedCommunicationNanos exposed communication: time that this rank waited for others, beyond what overlapped
 *     backward
 */
public record StepResult(
        double lossSum, double weightSum, double gradientNorm, long computeNanos, long exposedCommunicationNanos) {
    /**
     * The mean loss of the step, before its update.
     *
     * @return nats per unit of weight
     */
    public double loss() {
        return lossSum / weightSum;
    }
}
