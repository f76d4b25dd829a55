package dev.trireme.serve;

import dev.trireme.config.Sha256;
import java.nio.charset.StandardCharsets;

/**
 * What a receipt says of a call.
 *
 * @param time when it came
 * @param seed of its draws; of embeddings, which make none, 0 and in no receipt
 * @param request SHA-256 of the call's JSON
 * @param json the call in UTF-8, for a log; empty without one
 */
@SuppressWarnings("ArrayRecordComponent") // written once
record CallStamp(String time, long seed, String request, byte[] json) {
    /** @param logged whether a log will want all of it */
    static CallStamp of(LoggedCall call, boolean logged) {
        String json = call.json().toString();
        return new CallStamp(
                call.time().toString(),
                call.body().path("seed").asLong(),
                Sha256.of(json),
                logged ? json.getBytes(StandardCharsets.UTF_8) : new byte[0]);
    }
}
