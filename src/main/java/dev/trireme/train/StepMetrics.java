package dev.trireme.train;

/**
 * Metrics of a step. Losses and tokens are those of all ranks, times those of rank 0.
 *
 * @param step its number, from 1
 * @param epoch its epoch, from 1
 * @param loss before the update, in nats a token of the target
 * @param tokens that are not padding
 * @param tokensPerSecond over the whole of the step
 * @param stepMs milliseconds from asking for the batch until the weights are new
 * @param dataMs of them, waiting for the batch
 * @param computeMs of them, this rank's own work
 * @param commMs of them, exposed communication: waiting for other ranks
 * @param gcMs milliseconds of garbage collection meanwhile, which are part of the others
 * @param learningRate of the update
 */
public record StepMetrics(
        long step,
        int epoch,
        double loss,
        long tokens,
        double tokensPerSecond,
        double stepMs,
        double dataMs,
        double computeMs,
        double commMs,
        double gcMs,
        double learningRate)
        implements RunEvent {}
