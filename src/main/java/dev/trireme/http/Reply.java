package dev.trireme.http;

import dev.trireme.config.NullChecks;

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
}
