package dev.trireme.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.config.NullChecks;
import dev.trireme.generate.TextRun;
import java.util.List;
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

    CallStamp stamp(LoggedCall call) {
        return CallStamp.of(call, log.isPresent());
    }

    /** Also logs it. */
    ObjectNode ofTexts(CallStamp call, List<TextRun> runs) {
        return logged(call, Receipt.ofTexts(fingerprints, call, runs));
    }

    /** Also logs it. */
    ObjectNode ofVectors(CallStamp call, List<float[]> vectors) {
        return logged(call, Receipt.ofVectors(fingerprints, call, vectors));
    }

    private ObjectNode logged(CallStamp call, ObjectNode receipt) {
        log.ifPresent(file -> file.add(call, receipt));
        return receipt;
    }
}
