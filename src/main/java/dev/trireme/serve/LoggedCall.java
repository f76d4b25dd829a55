package dev.trireme.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.generate.TextModel;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A call with all that its answer depends on: the seed is in the body, and the time is what a template is told.
 *
 * @param path that was called
 * @param time when it came
 * @param body of the call
 */
record LoggedCall(String path, ZonedDateTime time, ObjectNode body) {
    private static final long SEEDS = 1L << 53; // that JavaScript's numbers hold

    /** A call that comes now. One that draws gets a seed if it has none, small enough for JavaScript's numbers. */
    static LoggedCall now(String path, ObjectNode body) {
        JsonNode seed = body.get("seed");
        if (!path.equals(EmbeddingCall.PATH) && (seed == null || seed.isNull())) {
            body.put("seed", ThreadLocalRandom.current().nextLong(SEEDS));
        }
        OffsetDateTime now =
                OffsetDateTime.now(ZoneId.systemDefault()); // in logs as RFC 3339 has it, without a zone's name
        return new LoggedCall(path, now.toZonedDateTime(), body);
    }

    /** @throws IllegalArgumentException if this is no line of a log */
    static LoggedCall read(JsonNode line) {
        try {
            if (line.path("body") instanceof ObjectNode body
                    && line.path("path").isTextual()) {
                return new LoggedCall(
                        line.path("path").textValue(),
                        ZonedDateTime.parse(line.path("time").asText()),
                        body);
            }
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("\"time\" is no time: " + line.path("time"), e);
        }
        throw new IllegalArgumentException("it has no \"path\" and \"body\"");
    }

    ObjectNode json() {
        ObjectNode line =
                JsonNodeFactory.instance.objectNode().put("path", path).put("time", time.toString());
        line.set("body", body);
        return line;
    }

    /** @throws ApiException if the call is wrong */
    TextJob job(TextModel model) {
        return path.equals(CompletionCall.PATH) ? CompletionCall.read(body, model) : ChatCall.read(body, model, time);
    }
}
