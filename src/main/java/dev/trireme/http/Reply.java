package dev.trireme.http;

import dev.trireme.config.NullChecks;
import java.util.Map;
import java.util.Objects;

/**
 * What a path is answered with.
 *
 * @param type of the body, such as {@code text/html; charset=utf-8}
 * @param body sent in UTF-8
 */
public record Reply(String type, String body) {
    /** Checks that no component is null. */
    public Reply {
        NullChecks.require("type", type, "body", body);
    }

    /**
     * Headers that every reply has: a browser neither keeps it nor takes it for another type.
     *
     * @param type of the body
     * @return by their names
     */
    public static Map<String, String> headers(String type) {
        Objects.requireNonNull(type, "type");
        return Map.of("Content-Type", type, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff");
    }
}
