package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.Precision;
import dev.trireme.config.Reduction;
import dev.trireme.model.ModelConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchConfigTest {
    @Test
    void everyShapeCanBeMeasured() {
        for (String shape : List.of("small", "gpt2", "llama-small", "llama135")) {
            assertThat(config(shape, 1, 16).model()).isEqualTo(ModelConfig.ofShape(shape));
        }
    }

    @Test
    void otherShapesAreRefused() {
        assertThatThrownBy(() -> config("llama", 1, 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "shape llama is unknown; use small, gpt2, llama-small, llama135, medium, gpt2-1024, llama2-7b "
                                + "or a narrower one, llama2-7b/2 to llama2-7b/32");
    }

    @Test
    void unequalSharesAreRefused() {
        assertThatThrownBy(() -> config("small", 2, 15))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("batch 15 cannot be shared equally by 2 ranks; use a multiple of 2");
    }

    @Test
    void aGpuHasAPrecisionAndEachRankOneOfItsOwn() {
        BenchDevice gpus = new BenchDevice("cuda", Precision.TF32);
        assertThat(gpus.of(1)).hasToString("cuda:1");
        assertThat(gpus).hasToString("cuda in tf32");
        assertThat(gpus.runsOnCpu()).isFalse();
        assertThat(BenchDevice.CPU.of(1)).hasToString("cpu");
        assertThatThrownBy(() -> new BenchDevice("cpu", Precision.TF32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("precision is tf32 but device is cpu");
    }

    private static BenchConfig config(String shape, int worldSize, int batch) {
        return new BenchConfig(shape, worldSize, 1, batch, 128, 3, 20, 5, Reduction.OVERLAPPED);
    }
}
