package dev.trireme.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
    @ParameterizedTest
    @CsvSource({
        "0, 4, 32, 211, 64, layers is 0; use 1 to 10000",
        "10001, 4, 32, 211, 64, layers is 10001; use 1 to 10000",
        "2, 0, 32, 211, 64, heads is 0; use 1 to 32",
        "2, 5, 32, 211, 64, heads is 5; use a divisor of hidden 32",
        "2, 4, -32, 211, 64, hidden is -32; use 1 to 1048576",
        "2, 4, 2147483644, 211, 64, hidden is 2147483644; use 1 to 1048576",
        "2, 4, 32, 0, 64, vocabulary is 0; use 1 to 10000000",
        "2, 4, 32, 211, 0, positions is 0; use 1 to 16777216",
    })
    void refusesWhatIsOutOfBoundsByName(
            int layers, int heads, int hidden, int vocabulary, int positions, String message) {
        assertThatThrownBy(() -> ModelConfig.gpt2(layers, heads, hidden, vocabulary, positions))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"NaN", "-0.1", "1", "Infinity"})
    void refusesSharesThatAreNotShares(double share) {
        ModelConfig model = ModelConfig.ofShape("small");
        assertThatThrownBy(() -> model.withDropout(share, 0, 0)).hasMessageContaining("embeddingDropout is " + share);
        assertThatThrownBy(() -> model.withDropout(0, share, 0)).hasMessageContaining("attentionDropout is " + share);
        assertThatThrownBy(() -> model.withDropout(0, 0, share)).hasMessageContaining("residualDropout is " + share);
    }

    @Test
    void refusesAnUnknownShapeAndNamesTheKnownOnes() {
        assertThatThrownBy(() -> ModelConfig.ofShape("huge"))
                .hasMessage(
                        "shape huge is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b "
                                + "or a narrower one, llama2-7b/2 to llama2-7b/32");
    }
}
