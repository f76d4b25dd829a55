package dev.trireme.train;

import java.util.Objects;

/**
 * A run goes on from a checkpoint.
 *
 * @param step of the checkpoint; 0 when there was none
 * @param cause why it had ended, in a sentence
 * @param lostSteps that were done after the checkpoint and are done again
 * @param lostSeconds that these took
 */
public record RestartMetrics(long step, String cause, long lostSteps, double lostSeconds) implements RunEvent {
    /** Checks that no component is null. */
    public RestartMetrics {
        Objects.requireNonNull(cause, "cause");
    }
}
