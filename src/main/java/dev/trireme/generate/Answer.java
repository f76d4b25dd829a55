package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The answer to a request.
 *
 * @param choices as many texts as it asked for
 * @param promptLogProbabilities in nats of each token of the prompt but the first, if it asked for them
 * @param promptBest for each of these the most probable tokens at its place, the most probable first; empty unless asked for
 * @param statistics how it went
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Answer(
        List<Completion> choices,
        double[] promptLogProbabilities,
        List<List<Completion.Ranked>> promptBest,
        RequestStatistics statistics) {
    /** Keeps unmodifiable copies. */
    public Answer {
        NullChecks.require(
                "choices",
                choices,
                "promptLogProbabilities",
                promptLogProbabilities,
                "promptBest",
                promptBest,
                "statistics",
                statistics);
        choices = List.copyOf(choices);
        promptBest = promptBest.stream().map(List::copyOf).toList();
    }
}
