package dev.trireme.schedule;

import java.util.Objects;

/**
 * One task of a timeline.
 *
 * @param device that ran it
 * @param stage that computed
 * @param kind of the task
 * @param microBatch its number
 * @param startNanos when it began, on any clock that all events of a timeline share
 * @param endNanos when it was done
 */
public record TimelineEvent(int device, int stage, TaskKind kind, int microBatch, long startNanos, long endNanos) {
    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException when it ends before it begins
     */
    public TimelineEvent {
        Objects.requireNonNull(kind, "kind");
        if (endNanos < startNanos) {
            throw new IllegalArgumentException(
                    "event ends at " + endNanos + " ns, before its start at " + startNanos + " ns; swap them");
        }
    }

    /**
     * Duration of the task.
     *
     * @return nanoseconds
     */
    public long nanos() {
        return endNanos - startNanos;
    }

    Task task() {
        return new Task(stage, kind, microBatch);
    }
}
