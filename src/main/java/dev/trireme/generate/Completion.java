package dev.trireme.generate;

import dev.trireme.config.NullChecks;

/**
 * The tokens that a model appended to a prompt.
 *
 * @param ids the new tokens, without the one that ended the text
 * @param logProbabilities of each token in nats, before temperature and truncation; empty unless asked for
 * @param stop why generation ended
 */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
public record Completion(int[] ids, double[] logProbabilities, StopReason stop) {
    /** Checks that no component is null. */
    public Completion {
        NullChecks.require("ids", ids, "logProbabilities", logProbabilities, "stop", stop);
    }
}
