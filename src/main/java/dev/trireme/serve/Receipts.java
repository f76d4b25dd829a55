package dev.trireme.serve;

import dev.trireme.config.NullChecks;
import java.util.Optional;

/**
 * What answers are proved by.
 *
 * @param fingerprints of the model
 * @param log for calls and their receipts, which outlives the server
 */
public record Receipts(Fingerprints fingerprints, Optional<RequestLog> log) {
    /** Checks that no component is null. */
    public Receipts {
        NullChecks.require("fingerprints", fingerprints, "log", log);
    }
}
