package dev.trireme.jmh;

import dev.trireme.config.MicroBatch;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import java.util.Arrays;
import java.util.Random;

/** The shape {@code small} of the peers: GPT-2, 4 layers, hidden 256, 4 heads, vocabulary 10,000. */
final class Small {
    static final int ROWS = 16;
    static final int LENGTH = 128;

    private Small() {}

    static Stage open() {
        NativeLibrary.setThreads(1);
        ModelConfig model = ModelConfig.gpt2(4, 4, 256, 10_000, 2048).withDropout(0, 0, 0);
        Stage stage = Stage.open(model, 0, model.layers(), Device.CPU);
        stage.initialize(1234);
        return stage;
    }

    static MicroBatch batch() {
        float[] weights = new float[ROWS * LENGTH];
        Arrays.fill(weights, 1);
        return new MicroBatch(new Random(1).ints(ROWS * LENGTH, 0, 10_000).toArray(), weights, ROWS, LENGTH, 0);
    }
}
