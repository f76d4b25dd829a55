package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.Reduction;
import org.junit.jupiter.api.Test;

class BenchConfigTest {
    @Test
    void llamaIsRefusedUntilItIsThere() {
        assertThatThrownBy(() -> config("llama-small", 1, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shape llama-small is a LLaMA, which is not there yet; use small or gpt2");
    }

    @Test
    void unequalSharesAreRefused() {
        assertThatThrownBy(() -> config("small", 2, 15))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch 15 cannot be shared equally by 2 ranks; use a multiple of 2");
    }

    private static BenchConfig config(String shape, int worldSize, int batch) {
        return new BenchConfig(shape, worldSize, 1, batch, 128, 3, 20, Reduction.OVERLAPPED);
    }
}
