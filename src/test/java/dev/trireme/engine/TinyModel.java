package dev.trireme.engine;

import dev.trireme.config.MicroBatch;
import dev.trireme.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;

/** A model that takes milliseconds, and batches for it. */
public final class TinyModel {
    /** 2 layers, 2 heads, hidden 16, vocabulary 50, 12 positions. */
    public static final ModelConfig CONFIG = ModelConfig.gpt2(2, 2, 16, 50, 12);

    private TinyModel() {}

    /** All of it on the CPU, drawn from seed 1. */
    public static Stage open() {
        Stage stage = Stage.open(CONFIG, 0, CONFIG.layers(), Device.CPU);
        stage.initialize(1);
        return stage;
    }

    /** Rows of random tokens that all count, drawn from a seed and the number of the first row. */
    public static MicroBatch batch(long seed, int rows, int firstRow) {
        int length = 8;
        int[] ids = new int[rows * length];
        for (int row = 0; row < rows; row++) {
            Random random = new Random(seed * 1000 + firstRow + row);
            for (int t = 0; t < length; t++) {
                ids[row * length + t] = random.nextInt(CONFIG.vocabulary());
            }
        }
        float[] weights = new float[ids.length];
        Arrays.fill(weights, 1);
        return new MicroBatch(ids, weights, rows, length, firstRow);
    }
}
