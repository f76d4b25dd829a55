package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.engine.Mode;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.generate.LanguageModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trireme computes what transformers computes, from folders that transformers wrote. */
@ParameterizedClass
@ValueSource(
        strings = {
            "gpt2-tiny",
            "llama-tiny",
            "llama-rope3",
            "llama-rope3-mid",
            "llama-tied",
            "qwen2-tiny",
            "mistral-tiny",
            "qwen3-tiny"
        })
class ParityTest {
    private static final OptimizerConfig ADAM_W = OptimizerConfig.adamW();
    private static final double RATE = 1e-3;

    private final GoldenModel golden;
    private final LanguageModel model;
    private final Stage stage;
    private final int vocabulary;

    ParityTest(String name) throws IOException {
        golden = new GoldenModel(name);
        model = LanguageModel.open(golden.folder(), "cpu", 1, Weights.TRAINABLE);
        stage = model.stage();
        vocabulary = model.config().model().vocabulary();
    }

    @AfterEach
    void close() {
        model.close();
        golden.close();
    }

    @Test
    void logitsEqualThoseOfTransformers() {
        MicroBatch batch = golden.batch();
        float[] logits = golden.floats("logits");
        List<float[]> rows = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            int[] ids = Arrays.copyOfRange(batch.ids(), row * batch.length(), (row + 1) * batch.length());
            double[] scores = model.score(ids, rows::add);
            assertThat(scores).hasSize(ids.length - 1);
            for (int t = 0; t < scores.length; t++) {
                assertThat(scores[t]).isCloseTo(logSoftmax(logits, row * ids.length + t, ids[t + 1]), within(4e-5));
            }
        }
        assertThat(rows).hasSize(logits.length / vocabulary);
        for (int i = 0; i < logits.length; i++) {
            assertThat(rows.get(i / vocabulary)[i % vocabulary])
                    .as("logit %d", i)
                    .isCloseTo(logits[i], within(2e-5f));
        }
    }

    @Test
    void lossAndGradientsEqualThoseOfTransformers() {
        assertThat(forwardAndBackward(1)).isCloseTo(golden.numbers().get("loss").asDouble(), within(1e-6));
        for (int i = 0; i < stage.parameters().size(); i++) {
            String name = stage.parameters().get(i).name();
            float[] truth = golden.floats(golden.tensor("grad", name));
            float[] gradient = stage.gradient(i);
            float[] difference = new float[truth.length];
            for (int j = 0; j < truth.length; j++) {
                difference[j] = gradient[j] - truth[j];
            }
            assertThat(norm(difference)).as(name).isLessThanOrEqualTo(1e-4 * norm(truth));
        }
    }

    @Test
    void threeStepsOfAdamWEqualThoseOfPyTorch() {
        for (int step = 1; step <= 3; step++) {
            double loss = forwardAndBackward(step);
            assertThat(loss)
                    .isCloseTo(golden.numbers().get("losses").get(step - 1).asDouble(), within(1e-5));
            double norm = stage.gradients().apply(ADAM_W, RATE);
            if (step == 1) {
                assertThat(norm).isCloseTo(golden.numbers().get("grad_norm").asDouble(), within(1e-5));
            }
        }
        for (int i = 0; i < stage.parameters().size(); i++) {
            ParameterInfo parameter = stage.parameters().get(i);
            float[] truth = golden.floats(golden.tensor("after", parameter.name()));
            float[] values = read(i, truth.length);
            for (int j = 0; j < truth.length; j++) {
                if (!isKeyBias(parameter, j)) {
                    assertThat(values[j]).as("%s[%d]", parameter, j).isCloseTo(truth[j], within(1e-5f));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Weights.class,
            names = {"TRAINABLE", "FLOAT32"})
    void greedyTokensEqualThoseOfTransformers(Weights weights) {
        int[] greedy = golden.ints("greedy");
        try (LanguageModel reader = LanguageModel.open(golden.folder(), "cpu", 1, weights)) {
            assertThat(reader.continueGreedily(golden.ints("prompt"), greedy.length))
                    .isEqualTo(greedy);
        }
    }

    private double forwardAndBackward(long step) {
        MicroBatch batch = golden.batch();
        stage.begin(step, 0, 1, batch.weightSum());
        stage.load(0, batch);
        stage.forward(0, Mode.TRAIN);
        stage.backward(0);
        return stage.loss(0) / batch.weightSum();
    }

    /** Their true gradient is 0, and AdamW turns what rounding leaves into whole steps. */
    private boolean isKeyBias(ParameterInfo parameter, int index) {
        int hidden = model.config().model().hidden();
        return parameter.name().endsWith("k_proj.bias")
                || (parameter.name().endsWith("c_attn.bias") && index / hidden == 1);
    }

    private float[] read(int parameter, int count) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        stage.read(parameter, bytes);
        float[] values = new float[count];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    private double logSoftmax(float[] logits, int row, int token) {
        double sum = 0;
        for (int i = row * vocabulary; i < (row + 1) * vocabulary; i++) {
            sum += Math.exp(logits[i]);
        }
        return logits[row * vocabulary + token] - Math.log(sum);
    }
}
