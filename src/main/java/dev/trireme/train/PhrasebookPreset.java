package dev.trireme.train;

import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.LearningRateSchedule.Shape;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Padding;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Phrasebook;
import dev.trireme.data.Splits;
import dev.trireme.model.ModelConfig;
import java.util.Objects;

/** The embedded corpus, and settings that learn it within minutes on two cores, found by experiment. */
public final class PhrasebookPreset {
    private static final int LAYERS = 4;
    private static final int HEADS = 4;
    private static final int HIDDEN = 256;
    private static final int VOCABULARY = 2000;
    private static final double DROPOUT = 0;

    private static final int TRAIN_PAIRS = 12_000;
    private static final int VALIDATION_PAIRS = 1000;
    private static final int TEST_PAIRS = 100;

    private static final int MAX_LENGTH = 128;
    private static final int EPOCHS = 5;
    private static final int BATCH_SIZE = 64;
    private static final double LEARNING_RATE = 1e-3;
    private static final int WARMUP_STEPS = 100;
    private static final double CLIP_NORM = 1;
    private static final int WORLD_SIZE = 2;
    private static final long SEED = 1234;

    private PhrasebookPreset() {}

    /**
     * The settings.
     *
     * @return model, training and splits
     */
    public static Preset settings() {
        OptimizerConfig usual = OptimizerConfig.adamW();
        TrainConfig training = new TrainConfig(
                new TrainConfig.Batch(BATCH_SIZE, MAX_LENGTH, Padding.LONGEST),
                new TrainConfig.Duration(EPOCHS, 0),
                new TrainConfig.Update(
                        new LearningRateSchedule(Shape.COSINE, LEARNING_RATE, WARMUP_STEPS),
                        new OptimizerConfig(
                                usual.beta1(), usual.beta2(), usual.epsilon(), usual.weightDecay(), CLIP_NORM)),
                SEED,
                ParallelConfig.ofWorld(WORLD_SIZE));
        return new Preset(
                ModelConfig.gpt2(LAYERS, HEADS, HIDDEN, VOCABULARY, MAX_LENGTH).withDropout(DROPOUT, DROPOUT, DROPOUT),
                training,
                new CorpusOptions(TRAIN_PAIRS, VALIDATION_PAIRS, TEST_PAIRS, SEED, "de", "en"));
    }

    /**
     * Splits of the corpus, with as many pairs as the options ask for.
     *
     * @param options sizes and seed
     * @return distinct pairs, none in two splits
     * @throws IllegalArgumentException when that is more than {@link Phrasebook#CAPACITY}
     */
    public static Splits splits(CorpusOptions options) {
        Objects.requireNonNull(options, "options");
        long count = (long) options.train() + options.validation() + options.test();
        if (count > Phrasebook.CAPACITY) {
            throw new IllegalArgumentException("train " + options.train() + ", validation " + options.validation()
                    + " and test " + options.test() + " are " + count + " pairs but the phrasebook has "
                    + Phrasebook.CAPACITY + "; ask for fewer, or bring a corpus of your own");
        }
        return Corpora.split(Phrasebook.pairs((int) count), "phrasebook", options);
    }
}
