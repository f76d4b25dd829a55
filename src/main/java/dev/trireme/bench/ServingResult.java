package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.generate.Percentiles;

/**
 * What became of a load.
 *
 * @param config the load
 * @param seconds from the first arrival to the last token
 * @param promptTokens of all requests
 * @param tokens that were generated
 * @param firstToken time from a request's arrival to its first token, in nanoseconds
 * @param betweenTokens times between a request's tokens, in nanoseconds
 */
public record ServingResult(
        ServingConfig config,
        double seconds,
        long promptTokens,
        long tokens,
        Percentiles firstToken,
        Percentiles betweenTokens) {
    /** Checks that no component is null. */
    public ServingResult {
        NullChecks.require("config", config, "firstToken", firstToken, "betweenTokens", betweenTokens);
    }

    /**
     * The speed.
     *
     * @return generated tokens a second
     */
    public double tokensPerSecond() {
        return tokens / seconds;
    }
}
