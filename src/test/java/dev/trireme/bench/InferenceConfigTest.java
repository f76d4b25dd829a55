package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.Json;
import dev.trireme.engine.Weights;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class InferenceConfigTest {
    @Test
    void aRankIsToldExactlyWhatWasAskedFor() throws IOException {
        InferenceConfig config = new InferenceConfig(
                "llama135", 8, 100, 16, 2, Weights.BFLOAT16, false, 5, GenerationStrategy.ONE_DEVICE);
        assertThat(Json.READER.readValue(Json.text(Json.WRITER, config), InferenceConfig.class))
                .isEqualTo(config);
    }

    @Test
    void whatDoesNotFitThePositionsIsRefused() {
        assertThatThrownBy(() -> of(2040, 16, Weights.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt is 2040; use 1 to 2032");
        assertThatThrownBy(() -> of(1, 1, Weights.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("new is 1; use 2 to 2047");
    }

    @Test
    void aTrainingModelDoesNotGenerate() {
        assertThatThrownBy(() -> of(32, 16, Weights.TRAINABLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("dtype is that of a training model; use float32 or bfloat16");
    }

    /** The numbers come from a Python implementation of java.util.Random. */
    @Test
    void promptsAreThoseOfAnotherProgram() {
        assertThat(InferenceRank.prompts(new InferenceConfig(
                        "small", 2, 3, 2, 1, Weights.FLOAT32, true, 1, GenerationStrategy.ONE_DEVICE)))
                .containsExactly(new int[] {4236, 9164, 9485}, new int[] {8044, 9380, 6254});
    }

    private static InferenceConfig of(int prompt, int newTokens, Weights weights) {
        return new InferenceConfig("small", 1, prompt, newTokens, 1, weights, true, 3, GenerationStrategy.ONE_DEVICE);
    }
}
