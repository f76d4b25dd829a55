package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.OptionalLong;

/**
 * How a request went, or goes so far. Times are those of {@link System#nanoTime}.
 *
 * @param submitted when it came
 * @param started when the first of its tokens were given to the model; empty while it waits for that
 * @param tokens when each step came, which gives a token to every choice that has not ended
 * @param sharedTokens of the prompt that did not have to be computed
 * @param preemptions how often it gave its blocks to an older request, to be computed again
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record RequestStatistics(
        long submitted, OptionalLong started, long[] tokens, int sharedTokens, int preemptions) {
    /** Checks that no component is null. */
    public RequestStatistics {
        NullChecks.require("started", started, "tokens", tokens);
    }

    /**
     * Time in the queue.
     *
     * @return nanoseconds; empty while it waits
     */
    public OptionalLong queuedNanos() {
        return started.isEmpty() ? started : OptionalLong.of(started.getAsLong() - submitted);
    }

    /**
     * Time to the first token, with that in the queue.
     *
     * @return nanoseconds; empty without tokens
     */
    public OptionalLong firstTokenNanos() {
        return tokens.length == 0 ? OptionalLong.empty() : OptionalLong.of(tokens[0] - submitted);
    }
}
