package dev.trireme.generate;

import dev.trireme.config.NullChecks;

/**
 * What a model appended to the ids of a prompt.
 *
 * @param ids the new tokens, without the one that ended the text
 * @param logProbabilities of each of them in nats, as the model sees it, before any sampling; empty unless asked for
 * @param stop why it ended
 */
@SuppressWarnings("ArrayRecordComponent") // ids as the engine takes them
public record Completion(int[] ids, double[] logProbabilities, StopReason stop) {
    /** Nothing may be missing. */
    public Completion {
        NullChecks.require("ids", ids, "logProbabilities", logProbabilities, "stop", stop);
    }
}
