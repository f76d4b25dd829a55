package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * What a model made of a prompt.
 *
 * @param text what it appended, special tokens left out, up to the stop text if one came
 * @param ids the tokens it appended, without the one that ended the text; those of a stop text are among them
 * @param promptTokens how many tokens the prompt was
 * @param stop why it ended
 * @param logProbabilities of each of {@code ids} in nats, as the model sees it, before any sampling; empty unless asked
 *     for
 */
public record Generation(
        String text, List<Integer> ids, int promptTokens, StopReason stop, List<Double> logProbabilities) {
    /** Keeps unmodifiable copies. */
    public Generation {
        NullChecks.require("text", text, "ids", ids, "stop", stop, "logProbabilities", logProbabilities);
        ids = List.copyOf(ids);
        logProbabilities = List.copyOf(logProbabilities);
    }
}
