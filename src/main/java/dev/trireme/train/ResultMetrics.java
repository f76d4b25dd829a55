package dev.trireme.train;

/**
 * The result of a run.
 *
 * @param tokensPerSecond mean over all steps
 * @param testLoss of the test pairs, in nats a token
 * @param bleu of the translations of the test pairs, 0 to 100
 */
public record ResultMetrics(double tokensPerSecond, double testLoss, double bleu) {}
