package dev.trireme.train;

import java.util.Objects;

/**
 * A step that changed nothing, because its numbers were not finite.
 *
 * @param step its number
 * @param epoch its epoch, from 1
 * @param cause ranks and parameter, in a sentence
 */
public record SkippedMetrics(long step, int epoch, String cause) implements RunEvent {
    /** Checks that no component is null. */
    public SkippedMetrics {
        Objects.requireNonNull(cause, "cause");
    }
}
