package dev.trireme.generate;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * The tokens that a model appended to a prompt.
 *
 * @param ids the new tokens, without the one that ended the text
 * @param logProbabilities of each token in nats, before temperature and truncation; empty unless asked for
 * @param stop why generation ended
 * @param best for each token the most probable ones at its place, the most probable first; empty unless asked for
 */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
public record Completion(int[] ids, double[] logProbabilities, StopReason stop, List<List<Ranked>> best) {
    /** Keeps an unmodifiable copy of the list. */
    public Completion {
        NullChecks.require("ids", ids, "logProbabilities", logProbabilities, "stop", stop, "best", best);
        best = best.stream().map(List::copyOf).toList();
    }

    /**
     * A completion without the most probable tokens.
     *
     * @param ids see {@link #ids}
     * @param logProbabilities see {@link #logProbabilities}
     * @param stop see {@link #stop}
     */
    public Completion(int[] ids, double[] logProbabilities, StopReason stop) {
        this(ids, logProbabilities, stop, List.of());
    }

    /**
     * A token that could have come.
     *
     * @param id of the token
     * @param logProbability in nats, before temperature and truncation
     */
    public record Ranked(int id, double logProbability) {}
}
