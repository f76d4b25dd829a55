package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the loops are bound; what they compute is tested in native/test/sampling_test.cpp. */
class TokenWeightsTest {
    @Test
    void blocksAddUpToTheSum() {
        FloatBuffer logits = floats(600);
        FloatBuffer weights = floats(600);
        for (int i = 0; i < 600; i++) {
            logits.put(i, i % 3); // 0, 1, 2, 0, 1, 2, ...
        }
        double[] sums = new double[3];
        double sum = TokenWeights.weigh(logits, 1, 1, 0, weights, sums);
        assertThat(sum).isCloseTo(200 * (1 + Math.exp(-1)), within(1e-4));
        assertThat(sums[0] + sums[1] + sums[2]).isEqualTo(sum);
        assertThat(sums[2]).isCloseTo((600 - 2 * TokenWeights.BLOCK) / 3.0 * (1 + Math.exp(-1)), within(1.0));

        assertThat(TokenWeights.ahead(weights, 4)).isCloseTo(200 + Math.exp(-1), within(1e-4));
        assertThat(TokenWeights.keepAhead(weights, 8, sums)).isEqualTo(2); // 2 and 5
        assertThat(IntStream.range(0, 600).filter(i -> weights.get(i) > 0)).containsExactly(2, 5);
        assertThat(sums).containsExactly(2, 0, 0);
        assertThat(TokenWeights.likeliest(logits)).isEqualTo(2);
        assertThat(TokenWeights.kthLargest(logits, 201, weights)).isEqualTo(1);
    }

    @Test
    void logProbabilitiesAreThoseOfFloat64() {
        FloatBuffer logits = floats(3);
        logits.put(0, 80).put(1, 81.5f).put(2, Float.NEGATIVE_INFINITY);
        double expected = Math.log(Math.exp(-1.5) + 1) + 81.5;
        assertThat(TokenWeights.logSum(logits)).isCloseTo(expected, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void logitsThatAreNotFiniteAreAnError(float broken) {
        FloatBuffer logits = floats(40);
        logits.put(5, broken);
        assertThatThrownBy(() -> TokenWeights.weigh(logits, Float.NEGATIVE_INFINITY, 1, 0, floats(40), new double[1]))
                .isInstanceOf(EngineException.class)
                .hasMessage("the model's logits are not finite; its weights are broken");
        assertThatThrownBy(() -> TokenWeights.logSum(logits)).isInstanceOf(EngineException.class);
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
