package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The text that a model appended to a prompt.
 *
 * @param text without special tokens, up to the stop text if one came
 * @param ids the new tokens, without the one that ended the text; those of a stop text are included
 * @param promptTokens how many tokens the prompt was
 * @param stop why generation ended
 * @param logProbabilities of each of {@code ids} in nats, before temperature and truncation; empty unless asked for
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
