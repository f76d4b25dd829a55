package dev.trireme.http;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.time.Duration;

/**
 * Bounds of what clients may take of a server.
 *
 * @param bodyBytes most bytes of a request's body; more get 413
 * @param bufferedBytes most bytes of the bodies of all requests together: of those that arrive, and of those that are
 *     answered by who has not called {@link HttpCall#forgetBody}; more get 503
 * @param connections most connections; further ones get 503
 * @param request how long a request may take to arrive, from its first byte to its last; a longer one gets 408
 * @param idle how long a connection without a request is kept
 * @param write how long a client may read nothing while something waits for it, or go on sending after a refusal
 */
public record HttpLimits(
        int bodyBytes, long bufferedBytes, int connections, Duration request, Duration idle, Duration write) {
    /** Bodies of 8 MB, 64 MB at once, 4,096 connections, 60 seconds to arrive, 10 minutes idle, 30 seconds to read. */
    public static final HttpLimits DEFAULTS = new HttpLimits(
            8 << 20, 64 << 20, 4096, Duration.ofSeconds(60), Duration.ofMinutes(10), Duration.ofSeconds(30));

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public HttpLimits {
        NullChecks.require("request", request, "idle", idle, "write", write);
        Requirements.within("bodyBytes", bodyBytes, 1024, 1 << 30);
        Requirements.within("connections", connections, 1, 1 << 20);
        if (bufferedBytes < bodyBytes) {
            throw new IllegalArgumentException(
                    "bufferedBytes is " + bufferedBytes + "; use at least bodyBytes, " + bodyBytes);
        }
        requirePositive("request", request);
        requirePositive("idle", idle);
        requirePositive("write", write);
    }

    private static void requirePositive(String name, Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(name + " is " + time + "; use a time above zero");
        }
    }
}
