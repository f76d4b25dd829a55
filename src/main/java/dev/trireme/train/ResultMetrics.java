package dev.trireme.train;

/**
 * The result of a run.
 *
 * @param tokensPerSecond mean over all steps
 * @param testLoss of the test pairs, in nats a token
 * @param bleu of the translations of the test pairs, 0 to 100
 * @param modelStep the step whose weights the model has
 * @param best whether these are the best by validation loss, with {@code patience}; else they are the last
 */
public record ResultMetrics(double tokensPerSecond, double testLoss, double bleu, long modelStep, boolean best)
        implements RunEvent {}
