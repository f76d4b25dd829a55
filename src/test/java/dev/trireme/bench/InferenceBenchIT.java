package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.Weights;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class InferenceBenchIT {
    @ParameterizedTest(name = "{0} {1} cache {2}")
    @CsvSource({"small,FLOAT32,true", "small,FLOAT32,false", "llama-small,BFLOAT16,true"})
    void everyFigureIsThere(String shape, Weights weights, boolean cache) {
        InferenceConfig config =
                new InferenceConfig(shape, 2, 8, 4, 1, weights, cache, 2, GenerationStrategy.ONE_DEVICE);
        InferenceResult result = InferenceBench.measure(config, System.err);
        assertThat(result.cache()).isEqualTo(cache);
        assertThat(result.dtype()).isEqualTo(config.dtype());
        assertThat(result.prefillMs()).isPositive();
        assertThat(result.decodeMs()).isPositive();
        assertThat(result.tokensPerSecond()).isEqualTo(2 / result.decodeMs() * 1e3);
        assertThat(result.readLimitMs()).isPositive();
        double weightsMegabytes = DecodeBytes.of(config.model(), weights) / 1048576.0;
        assertThat(result.peakMemoryMb()).isGreaterThan(weightsMegabytes);
    }
}
