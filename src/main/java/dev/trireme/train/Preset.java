package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.CorpusOptions;
import dev.trireme.model.ModelConfig;

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
