package dev.trireme.schedule;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * One step of a schedule.
 *
 * @param stage that computes, from 0
 * @param kind forward, backward or weight gradients
 * @param microBatch its number, from 0
 */
public record Task(int stage, TaskKind kind, int microBatch) {
    /** Checks that no component is null. */
    public Task {
        Objects.requireNonNull(kind, "kind");
    }

    /**
     * The tasks that must run before this one.
     *
     * <pre>
     *   F of the previous stage ──▶ F ──▶ B ──▶ W        B also waits for B of the next stage
     * </pre>
     *
     * @param stages of the pipeline
     * @return none, one or two tasks of the same micro-batch
     */
    public List<Task> needs(int stages) {
        return switch (kind) {
            case FORWARD -> stage == 0 ? List.of() : List.of(new Task(stage - 1, kind, microBatch));
            case BACKWARD -> {
                Task forward = new Task(stage, TaskKind.FORWARD, microBatch);
                yield stage == stages - 1 ? List.of(forward) : List.of(forward, new Task(stage + 1, kind, microBatch));
            }
            case WEIGHT -> List.of(new Task(stage, TaskKind.BACKWARD, microBatch));
        };
    }

    /**
     * The name of the task in its device's line.
     *
     * @param devices of the pipeline
     * @return such as {@code F0}, or {@code F0.1} for the device's second stage, its chunk 1
     */
    public String label(int devices) {
        int chunk = stage / devices;
        return "" + kind.letter() + microBatch + (chunk == 0 ? "" : "." + chunk);
    }

    /** {@code backward of micro-batch 2 at stage 1}. */
    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " of micro-batch " + microBatch + " at stage " + stage;
    }
}
