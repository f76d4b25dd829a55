package dev.trireme.cli.option;

import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Requirements;
import dev.trireme.config.TrainConfig;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of training. */
public final class TrainingSettings {
    @Option(names = "--max-length", paramLabel = "N", description = "Tokens of a row; longer ones are cut (128).")
    private Optional<Integer> maxLength = Optional.empty();

    @Option(names = "--epochs", paramLabel = "N", description = "Passes over the training pairs (10).")
    private Optional<Integer> epochs = Optional.empty();

    @Option(names = "--batch-size", paramLabel = "N", description = "Rows of a step over all ranks (128).")
    private Optional<Integer> batchSize = Optional.empty();

    @Option(names = "--max-steps", paramLabel = "N", description = "End early after so many steps.")
    private Optional<Integer> maxSteps = Optional.empty();

    @Option(names = "--learning-rate", paramLabel = "RATE", description = "At its peak (1e-4).")
    private Optional<Double> learningRate = Optional.empty();

    @Option(
            names = "--lr-schedule",
            paramLabel = "SHAPE",
            description = "Learning rate after warm-up: ${COMPLETION-CANDIDATES} (constant).")
    private Optional<LearningRateSchedule.Shape> schedule = Optional.empty();

    @Option(
            names = "--warmup-steps",
            paramLabel = "N",
            description = "Steps before the peak of the rate (0; with --from a tenth of the steps, at most 20).")
    private Optional<Integer> warmupSteps = Optional.empty();

    @Option(
            names = "--clip-norm",
            paramLabel = "NORM",
            description = "Scale gradients down to this L2 norm over all parameters (0 for never).")
    private Optional<Double> clipNorm = Optional.empty();

    @Option(
            names = "--pad",
            paramLabel = "HOW",
            description = "Make the rows of a batch as long as the longest, or always max: ${COMPLETION-CANDIDATES}.")
    private Optional<Padding> padding = Optional.empty();

    public int batchSizeOr(int otherwise) {
        return batchSize.orElse(otherwise);
    }

    public TrainConfig over(TrainConfig defaults, long seed, ParallelConfig parallel) {
        warmupSteps.ifPresent(steps -> Requirements.within("--warmup-steps", steps, 0, Integer.MAX_VALUE));
        LearningRateSchedule rate = defaults.learningRate();
        OptimizerConfig optimizer = defaults.optimizer();
        return new TrainConfig(
                new TrainConfig.Batch(
                        batchSize.orElse(defaults.batchSize()),
                        maxLength.orElse(defaults.maxLength()),
                        padding.orElse(defaults.padding())),
                new TrainConfig.Duration(epochs.orElse(defaults.epochs()), maxSteps.orElse(defaults.maxSteps())),
                new TrainConfig.Update(
                        new LearningRateSchedule(
                                schedule.orElse(rate.shape()),
                                learningRate.orElse(rate.peak()),
                                warmupSteps.orElse(rate.warmupSteps())),
                        new OptimizerConfig(
                                optimizer.beta1(),
                                optimizer.beta2(),
                                optimizer.epsilon(),
                                optimizer.weightDecay(),
                                clipNorm.orElse(optimizer.clipNorm()))),
                seed,
                parallel);
    }
}
