package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
    @ParameterizedTest
    // The counts that transformers gives for GPT-2 small and GPT-2 XL (num_parameters()), with their 1024 positions.
    @CsvSource({"12, 12, 768, 124439808", "48, 25, 1600, 1557611200"})
    void countsTheParametersOfPublishedModels(int layers, int heads, int hidden, long parameters) {
        assertThat(ModelConfig.gpt2(layers, heads, hidden, 50_257, 1024).parameterCount())
                .isEqualTo(parameters);
    }

    @ParameterizedTest
    // What is published for SmolLM 135M, TinyLlama 1.1B, Llama 2 7B and Llama 3.1 8B.
    @CsvSource({
        "30, 9, 3, 576, 1536, 49152, true, 134515008",
        "22, 32, 4, 2048, 5632, 32000, false, 1100048384",
        "32, 32, 32, 4096, 11008, 32000, false, 6738415616",
        "32, 32, 8, 4096, 14336, 128256, false, 8030261248"
    })
    void countsTheParametersOfPublishedLlamas(
            int layers,
            int heads,
            int kvHeads,
            int hidden,
            int intermediate,
            int vocabulary,
            boolean tied,
            long parameters) {
        ModelConfig model = ModelConfig.llama(layers, heads, kvHeads, hidden, intermediate, vocabulary, 2048);
        long head = tied ? 0 : (long) vocabulary * hidden;
        assertThat(model.parameterCount() + head).isEqualTo(parameters);
    }

    @Test
    void countsTheLargestModelWithoutOverflow() {
        ModelConfig largest = new ModelConfig(
                ModelFamily.LLAMA,
                10_000,
                1 << 10,
                1 << 10,
                1 << 10,
                1 << 20,
                1 << 24,
                10_000_000,
                1 << 24,
                true,
                true,
                false,
                RotaryConfig.plain(10_000),
                1e-5,
                0,
                0,
                0,
                0.02);
        assertThat(largest.parameterCount()).isGreaterThan(10_000L * 2 * (1L << 44));
    }

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
                .hasMessage("shape huge is unknown; use small, gpt2, llama-small or llama135");
    }
}
