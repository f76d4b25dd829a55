package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import org.junit.jupiter.api.Test;

/** Expected numbers are sums written out by hand. */
class DecodeBytesTest {
    private static final ModelConfig GPT2 = ModelConfig.gpt2(2, 2, 8, 100, 16);
    private static final ModelConfig LLAMA = ModelConfig.llama(2, 2, 1, 8, 12, 100, 16);

    // a block: fused queries, keys and values; projection; MLP
    private static final long GPT2_MATRICES = 2 * (8 * 24 + 8 * 8 + 8 * 32 + 32 * 8) + 100 * 8;
    private static final long GPT2_VECTORS = 2 * (24 + 8 + 32 + 8 + 2 * 16) + 16;
    private static final long LLAMA_MATRICES = 2 * (8 * 16 + 8 * 8 + 8 * 24 + 12 * 8) + 100 * 8;
    private static final long LLAMA_VECTORS = 2 * (2 * 8) + 8;

    @Test
    void positionsAreLookedUpButTheTiedEmbeddingIsReadAsTheHead() {
        assertThat(DecodeBytes.of(GPT2, Weights.FLOAT32)).isEqualTo(4 * (GPT2_MATRICES + GPT2_VECTORS));
        assertThat(DecodeBytes.of(LLAMA, Weights.FLOAT32)).isEqualTo(4 * (LLAMA_MATRICES + LLAMA_VECTORS));
    }

    @Test
    void inBfloat16MatricesTakeHalf() {
        assertThat(DecodeBytes.of(GPT2, Weights.BFLOAT16)).isEqualTo(2 * GPT2_MATRICES + 4 * GPT2_VECTORS);
    }

    @Test
    void anEmbeddingThatIsNotTheHeadIsOnlyLookedUp() {
        ModelConfig untied = LLAMA.withArchitecture(LLAMA.architecture().withTied(false));
        assertThat(DecodeBytes.of(untied, Weights.FLOAT32)).isEqualTo(DecodeBytes.of(LLAMA, Weights.FLOAT32));
    }

    @Test
    void gpt2SmallReadsItsPublishedSize() {
        // 124,439,808 parameters with 1024 positions, which a step does not read but for one
        long parameters = 124_439_808 - 1024 * 768;
        assertThat(DecodeBytes.of(ModelConfig.ofShape("gpt2"), Weights.FLOAT32)).isEqualTo(4 * parameters);
    }
}
