package dev.trireme.train;

/**
 * Metrics of an epoch, over all ranks.
 *
 * @param epoch its number, from 1
 * @param seconds of its steps, without the validation
 * @param tokensPerSecond mean over its steps
 * @param trainLoss mean over its steps' target tokens, each before the update, in nats a token
 * @param validationLoss of the validation pairs after it, in nats a token
 */
public record EpochMetrics(int epoch, double seconds, double tokensPerSecond, double trainLoss, double validationLoss)
        implements RunEvent {}
