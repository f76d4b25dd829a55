package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The answer to a request.
 *
 * @param choices as many texts as it asked for
 * @param promptLogProbabilities in nats of each token of the prompt but the first, if it asked for them
 * @param statistics how it went
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Answer(List<Completion> choices, double[] promptLogProbabilities, RequestStatistics statistics) {
    /** Keeps an unmodifiable copy. */
    public Answer {
        NullChecks.require(
                "choices", choices, "promptLogProbabilities", promptLogProbabilities, "statistics", statistics);
        choices = List.copyOf(choices);
    }
}
