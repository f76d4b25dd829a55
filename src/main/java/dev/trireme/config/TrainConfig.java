package dev.trireme.config;

import java.util.Objects;

/**
 * How a model is trained.
 *
 * @param maxLength tokens of a row; longer ones are cut
 * @param epochs passes over the training pairs
 * @param batchSize rows of a step, over all ranks; a multiple of the micro-batches
 * @param maxSteps ends the run early; 0 for never
 * @param learningRate over the run
 * @param optimizer constants of AdamW
 * @param seed of the first weights, the order of rows and dropout
 * @param padding how long the rows of a batch are made
 * @param parallel how it is spread over processes and devices
 */
public record TrainConfig(
        int maxLength,
        int epochs,
        int batchSize,
        int maxSteps,
        LearningRateSchedule learningRate,
        OptimizerConfig optimizer,
        long seed,
        Padding padding,
        ParallelConfig parallel) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public TrainConfig {
        NullChecks.require(
                "learningRate", learningRate, "optimizer", optimizer, "padding", padding, "parallel", parallel);
        Requirements.within("maxLength", maxLength, 2, 1 << 20);
        Requirements.within("epochs", epochs, 1, 1_000_000);
        Requirements.within("batchSize", batchSize, 1, 1 << 20);
        Requirements.within("maxSteps", maxSteps, 0, Integer.MAX_VALUE);
        if (batchSize % parallel.microBatches() != 0) {
            throw new IllegalArgumentException("batchSize " + batchSize + " cannot be cut into "
                    + parallel.microBatches() + " micro-batches; use a multiple of " + parallel.microBatches());
        }
    }

    /**
     * The settings of the German–English run: 10 epochs of 128 rows of at most 128 tokens at a rate of 1e-4, on two ranks.
     *
     * @return the settings, to be changed by the methods below
     */
    public static TrainConfig defaults() {
        return new TrainConfig(
                128,
                10,
                128,
                0,
                LearningRateSchedule.constant(1e-4),
                OptimizerConfig.adamW(),
                1234,
                Padding.LONGEST,
                ParallelConfig.ofWorld(2));
    }

    /**
     * These settings with another length.
     *
     * @param passes over the training pairs
     * @return the changed copy
     */
    public TrainConfig withEpochs(int passes) {
        return new TrainConfig(
                maxLength, passes, batchSize, maxSteps, learningRate, optimizer, seed, padding, parallel);
    }

    /**
     * These settings with another batch.
     *
     * @param rows of a step, over all ranks
     * @return the changed copy
     */
    public TrainConfig withBatchSize(int rows) {
        return new TrainConfig(maxLength, epochs, rows, maxSteps, learningRate, optimizer, seed, padding, parallel);
    }

    /**
     * These settings with another learning rate.
     *
     * @param schedule over the run
     * @return the changed copy
     */
    public TrainConfig withLearningRate(LearningRateSchedule schedule) {
        Objects.requireNonNull(schedule, "schedule");
        return new TrainConfig(maxLength, epochs, batchSize, maxSteps, schedule, optimizer, seed, padding, parallel);
    }

    /**
     * These settings spread otherwise.
     *
     * @param spread over processes and devices
     * @return the changed copy
     */
    public TrainConfig withParallel(ParallelConfig spread) {
        Objects.requireNonNull(spread, "spread");
        return new TrainConfig(maxLength, epochs, batchSize, maxSteps, learningRate, optimizer, seed, padding, spread);
    }
}
