package dev.trireme.parallel;

/**
 * The loss on data that the model is not trained on, over all ranks.
 *
 * @param lossSum sum over labels of weight × −log p, in nats
 * @param weightSum sum of the weights
 */
public record Evaluation(double lossSum, double weightSum) {
    /**
     * The mean loss.
     *
     * @return nats per unit of weight
     */
    public double loss() {
        return lossSum / weightSum;
    }
}
