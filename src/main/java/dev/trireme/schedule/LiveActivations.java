package dev.trireme.schedule;

import java.util.List;
import java.util.function.IntPredicate;

/**
 * Counts the live activations of a device: a forward task adds one, the last task of its micro-batch and stage removes
 * one.
 */
final class LiveActivations {
    private LiveActivations() {}

    static int most(List<Task> tasks) {
        int most = 0;
        while (firstAbove(tasks, most) >= 0) {
            most++;
        }
        return most;
    }

    /** The most of one stage. A checkpointed micro-batch has activations only from the start of its backward pass. */
    static int most(List<Task> tasks, int stage, IntPredicate again) {
        TaskKind last = last(tasks);
        int most = 0;
        int live = 0;
        for (Task task : tasks) {
            if (task.stage() != stage) {
                continue;
            }
            TaskKind first = again.test(task.microBatch()) ? TaskKind.BACKWARD : TaskKind.FORWARD;
            if (task.kind() == first) {
                most = Math.max(most, ++live);
            }
            if (task.kind() == last) {
                live--;
            }
        }
        return most;
    }

    /** Index of the first task that makes it more than a number; -1 if none does. */
    static int firstAbove(List<Task> tasks, int most) {
        TaskKind last = last(tasks);
        int live = 0;
        for (int index = 0; index < tasks.size(); index++) {
            TaskKind kind = tasks.get(index).kind();
            if (kind == TaskKind.FORWARD && ++live > most) {
                return index;
            }
            if (kind == last) {
                live--;
            }
        }
        return -1;
    }

    private static TaskKind last(List<Task> tasks) {
        boolean splitsWeights = tasks.stream().anyMatch(task -> task.kind() == TaskKind.WEIGHT);
        return splitsWeights ? TaskKind.WEIGHT : TaskKind.BACKWARD;
    }
}
