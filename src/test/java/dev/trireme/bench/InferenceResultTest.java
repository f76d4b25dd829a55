package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trireme.config.Json;
import dev.trireme.engine.Weights;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InferenceResultTest {
    private static final InferenceResult RESULT = InferenceResult.of(
            new InferenceConfig("gpt2", 8, 32, 16, 2, Weights.BFLOAT16, false, 3, GenerationStrategy.ONE_DEVICE),
            Spread.of(30, 10, 20),
            Spread.of(4, 2, 9, 3),
            512.5,
            2.8);

    @Test
    void programsFindTheseNames() throws IOException {
        JsonNode json = new ObjectMapper().readTree(RESULT.toJson());
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        assertThat(names)
                .containsExactly(
                        "kind",
                        "shape",
                        "batch",
                        "prompt",
                        "new",
                        "threads",
                        "dtype",
                        "cache",
                        "strategy",
                        "device",
                        "prefill_ms",
                        "decode_ms",
                        "tokens_per_second",
                        "peak_memory_mb",
                        "prefill_spread",
                        "decode_spread",
                        "read_limit_ms",
                        "of_limit",
                        "machine");
        assertThat(json.get("new").intValue()).isEqualTo(16);
        assertThat(json.get("dtype").textValue()).isEqualTo("bfloat16");
        assertThat(json.get("cache").booleanValue()).isFalse();
    }

    @Test
    void speedAndShareOfTheLimitAreThoseOfTheMedianStep() {
        assertThat(RESULT.prefillMs()).isEqualTo(20);
        assertThat(RESULT.decodeMs()).isEqualTo(3.5);
        assertThat(RESULT.decodeSpread()).isEqualTo(new Spread(2, 3.5, 9));
        assertThat(RESULT.tokensPerSecond()).isEqualTo(8 / 3.5 * 1e3);
        assertThat(RESULT.ofLimit()).isCloseTo(2.8 / 3.5, within(1e-12));
    }

    @Test
    void theLauncherReadsWhatARankWrote() throws IOException {
        assertThat(Json.READER.readValue(RESULT.toJson(), InferenceResult.class))
                .isEqualTo(RESULT);
    }
}
