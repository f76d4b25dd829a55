package dev.trireme.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.machine.Machine;

/**
 * The result of a generation measurement.
 *
 * @param kind {@code inference}
 * @param shape name of the model's shape
 * @param batch prompts at once
 * @param prompt tokens of each
 * @param newTokens appended to each; {@code new} in JSON
 * @param threads of every operator
 * @param dtype {@code float32} or {@code bfloat16}
 * @param cache whether keys and values were cached
 * @param strategy how prompts and model were spread
 * @param device what it ran on
 * @param prefillMs median milliseconds until the first token of all prompts
 * @param decodeMs median milliseconds of a step, which appends a token to each prompt
 * @param tokensPerSecond batch / decodeMs
 * @param peakMemoryMb largest resident size once the model was made, in units of 2<sup>20</sup> bytes
 * @param prefillSpread of the measured prefills
 * @param decodeSpread of all steps
 * @param readLimitMs roofline: milliseconds of reading the weights of a step once, with the same threads right after;
 *     no step with a cache can be faster. Keys and values are not included
 * @param ofLimit readLimitMs / decodeMs
 * @param machine that was measured
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record InferenceResult(
        String kind,
        String shape,
        int batch,
        int prompt,
        @JsonProperty("new") int newTokens,
        int threads,
        String dtype,
        boolean cache,
        String strategy,
        String device,
        double prefillMs,
        double decodeMs,
        double tokensPerSecond,
        double peakMemoryMb,
        Spread prefillSpread,
        Spread decodeSpread,
        double readLimitMs,
        double ofLimit,
        Machine machine) {
    /** Checks that no component is null. */
    public InferenceResult {
        NullChecks.require(
                "kind",
                kind,
                "shape",
                shape,
                "dtype",
                dtype,
                "strategy",
                strategy,
                "device",
                device,
                "prefillSpread",
                prefillSpread,
                "decodeSpread",
                decodeSpread,
                "machine",
                machine);
    }

    static InferenceResult of(
            InferenceConfig config, Spread prefill, Spread decode, double peakMegabytes, double readLimitMillis) {
        return new InferenceResult(
                "inference",
                config.shape(),
                config.batch(),
                config.prompt(),
                config.newTokens(),
                config.threads(),
                config.dtype(),
                config.cache(),
                config.strategy().toString(),
                config.device().toString(),
                prefill.median(),
                decode.median(),
                config.batch() / decode.median() * 1e3,
                peakMegabytes,
                prefill,
                decode,
                readLimitMillis,
                readLimitMillis / decode.median(),
                Machine.here());
    }

    /**
     * As one JSON object on one line.
     *
     * @return keys in snake case
     */
    public String toJson() {
        return Json.text(Json.WRITER, this);
    }
}
