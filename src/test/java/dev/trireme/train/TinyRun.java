package dev.trireme.train;

import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.Splits;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;

/** Runs of seconds: a model with dropout, on pairs of the phrasebook. */
final class TinyRun {
    static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 32, 400, 128).withDropout(0.05, 0.05, 0.05);

    private TinyRun() {}

    static Splits splits() {
        return Corpora.split(Phrasebook.pairs(240), "phrasebook", new CorpusOptions(200, 30, 10, 5, "de", "en"));
    }

    static TrainConfig config(int epochs, int maxSteps, ParallelConfig parallel) {
        return new TrainConfig(
                        new TrainConfig.Batch(16, 128, Padding.LONGEST),
                        new TrainConfig.Duration(epochs, maxSteps),
                        new TrainConfig.Update(LearningRateSchedule.constant(3e-3), OptimizerConfig.adamW()),
                        5,
                        parallel)
                .withRecovery(TrainConfig.Recovery.NONE);
    }

    /** Exact, with dropout, warm-up and a rate that falls; a checkpoint after every so many steps. */
    static TrainConfig resumable(int epochs, int everySteps, ParallelConfig parallel) {
        return config(epochs, 0, parallel)
                .withLearningRate(new LearningRateSchedule(LearningRateSchedule.Shape.COSINE, 3e-3, 8))
                .withRecovery(TrainConfig.Recovery.everySteps(everySteps));
    }

    static TrainingRun prepare(Path folder, TrainConfig config) {
        return TrainingRun.prepare(folder, splits(), SHAPE, config);
    }

    static TrainingRun prepare(Path folder, int epochs, int maxSteps, ParallelConfig parallel) {
        return TrainingRun.prepare(folder, splits(), SHAPE, config(epochs, maxSteps, parallel));
    }

    static ParallelConfig ranks(int worldSize, Reduction reduction) {
        return new ParallelConfig(worldSize, 4, 1, "cpu", reduction, 60);
    }
}
