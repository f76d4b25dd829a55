package dev.trireme.config;

import java.util.Objects;

/**
 * Settings of training.
 *
 * @param batch the rows of a step
 * @param duration when it ends
 * @param update how weights change
 * @param seed of the first weights, the order of rows and dropout
 * @param parallel how it is spread over processes and devices
 * @param recovery how it survives its end
 * @param observation what it tells besides
 */
public record TrainConfig(
        Batch batch,
        Duration duration,
        Update update,
        long seed,
        ParallelConfig parallel,
        Recovery recovery,
        Observation observation) {
    /**
     * The rows of a step.
     *
     * @param size how many, over all ranks; a multiple of the micro-batches
     * @param maxLength tokens of a row; longer ones are cut
     * @param padding how long the rows of a batch are made
     */
    public record Batch(int size, int maxLength, Padding padding) {
        /**
         * Checks every component.
         *
         * @throws IllegalArgumentException naming the component, its value and what it may be
         */
        public Batch {
            Objects.requireNonNull(padding, "padding");
            Requirements.within("batchSize", size, 1, 1 << 20);
            Requirements.within("maxLength", maxLength, 2, 1 << 20);
        }
    }

    /**
     * When training ends.
     *
     * @param epochs passes over the training pairs
     * @param maxSteps ends the run early; 0 for never
     * @param patience epochs without a lower validation loss after which the run ends early, with the best weights; 0 for
     *     never
     */
    public record Duration(int epochs, int maxSteps, int patience) {
        /**
         * Checks every component.
         *
         * @throws IllegalArgumentException naming the component, its value and what it may be
         */
        public Duration {
            Requirements.within("epochs", epochs, 1, 1_000_000);
            Requirements.within("maxSteps", maxSteps, 0, Integer.MAX_VALUE);
            Requirements.within("patience", patience, 0, 1_000_000);
        }

        /**
         * A duration without patience.
         *
         * @param epochs passes over the training pairs
         * @param maxSteps ends the run early; 0 for never
         */
        public Duration(int epochs, int maxSteps) {
            this(epochs, maxSteps, 0);
        }
    }

    /**
     * The optimizer and its learning rate.
     *
     * @param learningRate over the run
     * @param optimizer constants of AdamW
     * @param onNotFinite what to do about a step whose numbers are not finite
     */
    public record Update(LearningRateSchedule learningRate, OptimizerConfig optimizer, OnNotFinite onNotFinite) {
        /** Checks that no component is null. */
        public Update {
            NullChecks.require("learningRate", learningRate, "optimizer", optimizer, "onNotFinite", onNotFinite);
        }

        /**
         * An update that ends the run when its numbers are not finite.
         *
         * @param learningRate over the run
         * @param optimizer constants of AdamW
         */
        public Update(LearningRateSchedule learningRate, OptimizerConfig optimizer) {
            this(learningRate, optimizer, OnNotFinite.STOP);
        }
    }

    /**
     * How a run survives its end: checkpoints and restarts.
     *
     * @param everySteps steps from one checkpoint to the next; 0 for none by steps
     * @param everySeconds seconds from one checkpoint to the next; 0 for none by time
     * @param keep how many of the latest are kept, besides the best by validation loss
     * @param endsOnError whether a checkpoint that cannot be written ends the run; else it goes on and says so
     * @param maxRestarts how often the launcher starts the ranks again when one died
     */
    public record Recovery(int everySteps, int everySeconds, int keep, boolean endsOnError, int maxRestarts) {
        /** A checkpoint every ten minutes of which two are kept, and no restarts. */
        public static final Recovery USUAL = new Recovery(0, 600, 2, false, 0);

        /** No checkpoints and no restarts. */
        public static final Recovery NONE = new Recovery(0, 0, 1, false, 0);

        /**
         * Checks every component.
         *
         * @throws IllegalArgumentException naming the component, its value and what it may be
         */
        public Recovery {
            Requirements.within("checkpointEvery", everySteps, 0, Integer.MAX_VALUE);
            Requirements.within("checkpointEvery", everySeconds, 0, Integer.MAX_VALUE);
            Requirements.within("keep", keep, 1, 1_000_000);
            Requirements.within("maxRestarts", maxRestarts, 0, 1_000_000);
            if (everySteps > 0 && everySeconds > 0) {
                throw new IllegalArgumentException("checkpointEvery is " + everySteps + " steps and " + everySeconds
                        + " seconds; use one of the two");
            }
        }

        /**
         * Checkpoints after every so many steps.
         *
         * @param steps from one to the next
         * @return the usual settings with that interval
         */
        public static Recovery everySteps(int steps) {
            return new Recovery(steps, 0, USUAL.keep, USUAL.endsOnError, USUAL.maxRestarts);
        }

        /**
         * Whether checkpoints are written.
         *
         * @return false when both intervals are 0
         */
        public boolean writes() {
            return everySteps > 0 || everySeconds > 0;
        }
    }

    /**
     * What a run tells besides its metrics.
     *
     * @param tensorboard whether it writes event files for TensorBoard
     * @param gradientNorms whether it tells the norm of the gradient of each layer at each step
     */
    public record Observation(boolean tensorboard, boolean gradientNorms) {
        /** Nothing. */
        public static final Observation NONE = new Observation(false, false);
    }

    /**
     * Checks that the batch can be cut.
     *
     * @throws IllegalArgumentException when its rows are no multiple of the micro-batches
     */
    public TrainConfig {
        NullChecks.require("batch", batch, "duration", duration, "update", update, "parallel", parallel);
        NullChecks.require("recovery", recovery, "observation", observation);
        if (duration.patience() > 0 && !recovery.writes()) {
            throw new IllegalArgumentException("patience is " + duration.patience()
                    + ", but without checkpoints the best weights are lost; set checkpointEvery");
        }
        if (batch.size() % parallel.microBatches() != 0) {
            throw new IllegalArgumentException("batchSize " + batch.size() + " cannot be cut into "
                    + parallel.microBatches() + " micro-batches; use a multiple of " + parallel.microBatches());
        }
    }

    /**
     * Settings with the usual recovery.
     *
     * @param batch the rows of a step
     * @param duration when it ends
     * @param update how weights change
     * @param seed of the first weights, the order of rows and dropout
     * @param parallel how it is spread over processes and devices
     */
    public TrainConfig(Batch batch, Duration duration, Update update, long seed, ParallelConfig parallel) {
        this(batch, duration, update, seed, parallel, Recovery.USUAL, Observation.NONE);
    }

    /**
     * The settings of the German–English run.
     *
     * @return 10 epochs of 128 rows of at most 128 tokens at a rate of 1e-4, on two ranks
     */
    public static TrainConfig defaults() {
        return new TrainConfig(
                new Batch(128, 128, Padding.LONGEST),
                new Duration(10, 0),
                new Update(LearningRateSchedule.constant(1e-4), OptimizerConfig.adamW()),
                1234,
                ParallelConfig.ofWorld(2));
    }

    /**
     * These settings with other rows.
     *
     * @param other the rows of a step
     * @return the changed copy
     * @throws IllegalArgumentException when they cannot be cut into the micro-batches
     */
    public TrainConfig withBatch(Batch other) {
        Objects.requireNonNull(other, "other");
        return new TrainConfig(other, duration, update, seed, parallel, recovery, observation);
    }

    /**
     * These settings with another number of rows.
     *
     * @param rows of a step, over all ranks
     * @return the changed copy
     * @throws IllegalArgumentException when they cannot be cut into the micro-batches
     */
    public TrainConfig withBatchSize(int rows) {
        return withBatch(new Batch(rows, maxLength(), padding()));
    }

    /**
     * These settings with longer or shorter rows.
     *
     * @param tokens of a row; longer ones are cut
     * @return the changed copy
     * @throws IllegalArgumentException when that is out of bounds
     */
    public TrainConfig withMaxLength(int tokens) {
        return withBatch(new Batch(batchSize(), tokens, padding()));
    }

    /**
     * These settings with another end.
     *
     * @param other when training ends
     * @return the changed copy
     */
    public TrainConfig withDuration(Duration other) {
        Objects.requireNonNull(other, "other");
        return new TrainConfig(batch, other, update, seed, parallel, recovery, observation);
    }

    /**
     * These settings with another length.
     *
     * @param passes over the training pairs
     * @return the changed copy
     */
    public TrainConfig withEpochs(int passes) {
        return withDuration(new Duration(passes, maxSteps(), duration.patience()));
    }

    /**
     * These settings with other updates.
     *
     * @param other how weights change
     * @return the changed copy
     */
    public TrainConfig withUpdate(Update other) {
        Objects.requireNonNull(other, "other");
        return new TrainConfig(batch, duration, other, seed, parallel, recovery, observation);
    }

    /**
     * These settings with another learning rate.
     *
     * @param schedule over the run
     * @return the changed copy
     */
    public TrainConfig withLearningRate(LearningRateSchedule schedule) {
        Objects.requireNonNull(schedule, "schedule");
        return withUpdate(new Update(schedule, optimizer(), update.onNotFinite()));
    }

    /**
     * These settings with other constants of AdamW.
     *
     * @param constants of AdamW
     * @return the changed copy
     */
    public TrainConfig withOptimizer(OptimizerConfig constants) {
        Objects.requireNonNull(constants, "constants");
        return withUpdate(new Update(learningRate(), constants, update.onNotFinite()));
    }

    /**
     * These settings with another seed.
     *
     * @param other of the first weights, the order of rows and dropout
     * @return the changed copy
     */
    public TrainConfig withSeed(long other) {
        return new TrainConfig(batch, duration, update, other, parallel, recovery, observation);
    }

    /**
     * These settings spread otherwise.
     *
     * @param spread over processes and devices
     * @return the changed copy
     */
    public TrainConfig withParallel(ParallelConfig spread) {
        Objects.requireNonNull(spread, "spread");
        return new TrainConfig(batch, duration, update, seed, spread, recovery, observation);
    }

    /**
     * These settings with other checkpoints and restarts.
     *
     * @param other how the run survives its end
     * @return the changed copy
     */
    public TrainConfig withRecovery(Recovery other) {
        Objects.requireNonNull(other, "other");
        return new TrainConfig(batch, duration, update, seed, parallel, other, observation);
    }

    /**
     * These settings with other reports.
     *
     * @param other what the run tells besides its metrics
     * @return the changed copy
     */
    public TrainConfig withObservation(Observation other) {
        Objects.requireNonNull(other, "other");
        return new TrainConfig(batch, duration, update, seed, parallel, recovery, other);
    }

    /**
     * Rows of a step.
     *
     * @return {@code batch().size()}
     */
    public int batchSize() {
        return batch.size();
    }

    /**
     * Tokens of a row.
     *
     * @return {@code batch().maxLength()}
     */
    public int maxLength() {
        return batch.maxLength();
    }

    /**
     * How long the rows of a batch are made.
     *
     * @return {@code batch().padding()}
     */
    public Padding padding() {
        return batch.padding();
    }

    /**
     * Passes over the training pairs.
     *
     * @return {@code duration().epochs()}
     */
    public int epochs() {
        return duration.epochs();
    }

    /**
     * Steps after which the run ends early.
     *
     * @return {@code duration().maxSteps()}; 0 for never
     */
    public int maxSteps() {
        return duration.maxSteps();
    }

    /**
     * The learning rate over the run.
     *
     * @return {@code update().learningRate()}
     */
    public LearningRateSchedule learningRate() {
        return update.learningRate();
    }

    /**
     * Constants of AdamW.
     *
     * @return {@code update().optimizer()}
     */
    public OptimizerConfig optimizer() {
        return update.optimizer();
    }
}
