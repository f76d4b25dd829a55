package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The answer to a request.
 *
 * @param choices as many texts as it asked for
 * @param promptLogProbabilities in nats of each token of the prompt but the first, if it asked for them
 * @param times when things happened
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Answer(List<Completion> choices, double[] promptLogProbabilities, Times times) {
    /** Keeps an unmodifiable copy. */
    public Answer {
        NullChecks.require("choices", choices, "promptLogProbabilities", promptLogProbabilities, "times", times);
        choices = List.copyOf(choices);
    }

    /**
     * When things happened, by {@link System#nanoTime}.
     *
     * @param submitted when the request came
     * @param tokens when each step's tokens came
     * @param sharedTokens of the prompt that did not have to be computed
     */
    public record Times(long submitted, long[] tokens, int sharedTokens) {
        /** Checks that no component is null. */
        public Times {
            NullChecks.require("tokens", tokens);
        }

        /**
         * Time to the first token.
         *
         * @return nanoseconds; 0 without tokens
         */
        public long toFirstToken() {
            return tokens.length == 0 ? 0 : tokens[0] - submitted;
        }
    }
}
