package dev.trireme.data;

import dev.trireme.config.NullChecks;

/**
 * A sentence and its translation.
 *
 * @param source the sentence to translate
 * @param target its translation
 */
public record Pair(String source, String target) {
    /** Checks that no component is null. */
    public Pair {
        NullChecks.require("source", source, "target", target);
    }
}
