package dev.trireme.train;

import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.LearningRateSchedule.Shape;
import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.CorpusOptions;
import dev.trireme.model.ModelConfig;
import java.util.Objects;

/**
 * Default settings of a run.
 *
 * @param model the model; its vocabulary is the most tokens that the tokenizer gets
 * @param training settings of training
 * @param corpus sizes and seed of the splits
 */
public record Preset(ModelConfig model, TrainConfig training, CorpusOptions corpus) {
    /** Checks that no component is null. */
    public Preset {
        NullChecks.require("model", model, "training", training, "corpus", corpus);
    }

    /**
     * The defaults of fine-tuning: 3 epochs of 16 rows of at most 256 tokens on one rank, at a rate of 2e-5, or 2e-4 of low-rank updates, that falls in
     * a straight line after a warm-up of a tenth of the steps, at most 20, with gradients clipped to a norm of 1.
     *
     * @param model that the run starts from
     * @return the settings
     */
    public static Preset ofBase(ModelConfig model) {
        Objects.requireNonNull(model, "model");
        OptimizerConfig usual = OptimizerConfig.adamW();
        OptimizerConfig clipped =
                new OptimizerConfig(usual.beta1(), usual.beta2(), usual.epsilon(), usual.weightDecay(), 1);
        double rate = model.tuning().lora().adapts() ? 2e-4 : 2e-5;
        TrainConfig training = new TrainConfig(
                new TrainConfig.Batch(16, Math.min(256, model.positions()), Padding.LONGEST),
                new TrainConfig.Duration(3, 0),
                new TrainConfig.Update(LearningRateSchedule.withUsualWarmup(Shape.LINEAR, rate), clipped),
                CorpusOptions.DEFAULTS.seed(),
                ParallelConfig.ofWorld(1));
        return new Preset(model, training, CorpusOptions.DEFAULTS);
    }

    /**
     * The defaults for a user's corpus: GPT-2 small with 10,000 tokens, 5000 training, 1000 validation and 100 test
     * pairs, 10 epochs of 128 rows at a rate of 1e-4 on two ranks.
     *
     * @return the settings
     */
    public static Preset ofOwnData() {
        TrainConfig training = TrainConfig.defaults();
        ModelConfig model =
                ModelConfig.gpt2(12, 12, 768, 10_000, training.maxLength()).withDropout(0.1, 0.1, 0.1);
        return new Preset(model, training, CorpusOptions.DEFAULTS);
    }
}
