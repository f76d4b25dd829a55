package dev.trireme.train;

import java.util.Objects;

/**
 * A listener for the progress of a run, called on rank 0's thread.
 *
 * <pre>{@code
 * Trainer.launch(run, event -> {
 *     if (event instanceof EpochMetrics epoch) {
 *         System.out.println(epoch.validationLoss());
 *     }
 * }, System.err);
 * }</pre>
 */
@FunctionalInterface
public interface TrainListener {
    /** A listener that does nothing. */
    TrainListener NONE = event -> {};

    /**
     * Something happened.
     *
     * @param event what, a record of one of the types that {@link RunEvent} names
     */
    void on(RunEvent event);

    /**
     * Tells two listeners.
     *
     * @param next told after this one
     * @return a listener that tells both
     */
    default TrainListener andThen(TrainListener next) {
        Objects.requireNonNull(next, "next");
        return event -> {
            on(event);
            next.on(event);
        };
    }
}
