package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.model.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stages that hold no memory know the shapes of models of any size. */
@Timeout(60)
class ParameterCountTest {
    @ParameterizedTest
    // The counts that transformers gives for GPT-2 small and GPT-2 XL (num_parameters()), with their 1024 positions.
    @CsvSource({"12, 12, 768, 124439808", "48, 25, 1600, 1557611200"})
    void countsTheParametersOfPublishedModels(int layers, int heads, int hidden, long parameters) {
        assertThat(count(ModelConfig.gpt2(layers, heads, hidden, 50_257, 1024))).isEqualTo(parameters);
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
        assertThat(count(model) + head).isEqualTo(parameters);
    }

    @Test
    void countsTheLargestModelWithoutOverflow() {
        ModelConfig small = ModelConfig.llama(10_000, 1 << 10, 1 << 10, 1 << 20, 1 << 24, 10_000_000, 1 << 24);
        ModelConfig largest = small.withArchitecture(small.architecture().withTied(false));
        assertThat(count(largest)).isGreaterThan(10_000L * 2 * (1L << 44));
    }

    private static long count(ModelConfig model) {
        return ParameterInfo.count(Stage.parametersOf(model));
    }
}
