package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.bench.StepGemms.Gemm;
import dev.trireme.model.ModelConfig;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class StepGemmsTest {
    private static final List<Gemm> TINY = StepGemms.of(ModelConfig.gpt2(2, 2, 8, 100, 16), 6);

    @Test
    void aStepTakesThreeProductsOfEveryLinearLayerAndOfTheHead() {
        assertThat(TINY)
                .containsExactly(
                        new Gemm(6, 8, 24, 2),
                        new Gemm(6, 24, 8, 2),
                        new Gemm(8, 6, 24, 2),
                        new Gemm(6, 8, 8, 2),
                        new Gemm(6, 8, 8, 2),
                        new Gemm(8, 6, 8, 2),
                        new Gemm(6, 8, 32, 2),
                        new Gemm(6, 32, 8, 2),
                        new Gemm(8, 6, 32, 2),
                        new Gemm(6, 32, 8, 2),
                        new Gemm(6, 8, 32, 2),
                        new Gemm(32, 6, 8, 2),
                        new Gemm(6, 8, 100, 1),
                        new Gemm(6, 100, 8, 1),
                        new Gemm(8, 6, 100, 1));
    }

    /** 6 tokens, hidden 8, heads of 4: 2 for queries and 1 for keys and values, so 8 + 4 + 4 columns; MLP of 12. */
    @Test
    void ofALlamaQueriesKeysAndValuesAreOneProductAndSoAreGateAndUp() {
        assertThat(StepGemms.of(ModelConfig.llama(2, 2, 1, 8, 12, 100, 16), 6))
                .contains(
                        new Gemm(6, 8, 16, 2),
                        new Gemm(6, 8, 8, 2),
                        new Gemm(6, 8, 24, 2),
                        new Gemm(6, 12, 8, 2),
                        new Gemm(6, 8, 100, 1))
                .hasSize(15);
    }

    @Test
    void everyProductCountsAsOftenAsItIsTaken() {
        assertThat(StepGemms.seconds(TINY, (rows, inner, columns) -> 1)).isEqualTo(4 * 3 * 2 + 3);
    }

    @Test
    void shapeSmallTakesAbout34MegaflopsAToken() {
        double flops = StepGemms.of(ModelConfig.ofShape("small"), 2048).stream()
                .mapToDouble(gemm -> 2.0 * gemm.rows() * gemm.inner() * gemm.columns() * gemm.times())
                .sum();
        assertThat(flops / 2048).isCloseTo(34e6, Offset.offset(0.5e6));
    }
}
