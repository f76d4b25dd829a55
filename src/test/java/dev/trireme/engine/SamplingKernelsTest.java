package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the loops are bound; what they compute is tested in native/test/sampling_test.cpp. */
class SamplingKernelsTest {
    @Test
    void blocksAddUpToTheSum() {
        FloatBuffer logits = floats(600);
        FloatBuffer numerators = floats(600);
        for (int i = 0; i < 600; i++) {
            logits.put(i, i % 3); // 0, 1, 2, 0, 1, 2, ...
        }
        double[] sums = new double[3];
        double sum = SamplingKernels.softmaxNumerators(logits, 1, 1, 0, numerators, sums);
        assertThat(sum).isCloseTo(200 * (1 + Math.exp(-1)), within(1e-4));
        assertThat(sums[0] + sums[1] + sums[2]).isEqualTo(sum);
        assertThat(sums[2]).isCloseTo((600 - 2 * SamplingKernels.BLOCK) / 3.0 * (1 + Math.exp(-1)), within(1.0));

        assertThat(SamplingKernels.cumulativeMass(numerators, 4)).isCloseTo(200 + Math.exp(-1), within(1e-4));
        assertThat(SamplingKernels.keepRankedBefore(numerators, 8, sums)).isEqualTo(2); // 2 and 5
        assertThat(IntStream.range(0, 600).filter(i -> numerators.get(i) > 0)).containsExactly(2, 5);
        assertThat(sums).containsExactly(2, 0, 0);
        assertThat(SamplingKernels.argmax(logits)).isEqualTo(2);
        assertThat(SamplingKernels.kthLargest(logits, 201, numerators)).isEqualTo(1);
    }

    @Test
    void logProbabilitiesAreThoseOfFloat64() {
        FloatBuffer logits = floats(3);
        logits.put(0, 80).put(1, 81.5f).put(2, Float.NEGATIVE_INFINITY);
        double expected = Math.log(Math.exp(-1.5) + 1) + 81.5;
        assertThat(SamplingKernels.logSumExp(logits)).isCloseTo(expected, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void logitsThatAreNotFiniteAreAnError(float broken) {
        FloatBuffer logits = floats(40);
        logits.put(5, broken);
        assertThatThrownBy(() -> SamplingKernels.softmaxNumerators(
                        logits, Float.NEGATIVE_INFINITY, 1, 0, floats(40), new double[1]))
                .isInstanceOf(EngineException.class)
                .hasMessage("the model's logits are not finite; its weights are broken");
        assertThatThrownBy(() -> SamplingKernels.logSumExp(logits)).isInstanceOf(EngineException.class);
        assertThatThrownBy(() -> SamplingKernels.argmax(logits)).isInstanceOf(EngineException.class);
    }

    @Test
    void aBufferThatNativeCodeWouldReadOrWriteBeyondIsRefused() {
        FloatBuffer logits = floats(600);
        FloatBuffer heap = FloatBuffer.allocate(600);
        FloatBuffer readOnly = logits.asReadOnlyBuffer();
        FloatBuffer moved = floats(600).position(1);
        FloatBuffer swapped = ByteBuffer.allocateDirect(2400).asFloatBuffer();
        for (FloatBuffer bad : List.of(heap, readOnly, moved, swapped, floats(599), floats(0))) {
            refused(() -> SamplingKernels.kthLargest(logits, 1, bad));
            refused(() -> SamplingKernels.softmaxNumerators(logits, 0, 1, 0, bad, new double[3]));
        }
        for (FloatBuffer bad : List.of(heap, moved, swapped, floats(0))) {
            refused(() -> SamplingKernels.argmax(bad));
            refused(() -> SamplingKernels.logSumExp(bad));
        }
        refused(() -> SamplingKernels.kthLargest(logits, 0, floats(600)));
        refused(() -> SamplingKernels.softmaxNumerators(logits, 0, 1, 0, floats(600), new double[2]));
        refused(() -> SamplingKernels.softmaxNumerators(logits, 0, 0, 0, floats(600), new double[3]));
        refused(() -> SamplingKernels.cumulativeMass(logits, 600));
        refused(() -> SamplingKernels.keepRankedBefore(logits, -1, new double[3]));
        refused(() -> SamplingKernels.keepRankedBefore(logits, 1, new double[2]));
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("; ");
    }

    private static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }
}
