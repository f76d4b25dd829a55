package dev.trireme.plan;

import java.util.List;

/** Counts what a device holds: a forward task adds one, the last task of its micro-batch and stage takes one away. */
final class LiveActivations {
    private LiveActivations() {}

    static int most(List<Task> tasks) {
        int most = 0;
        while (firstAbove(tasks, most) >= 0) {
            most++;
        }
        return most;
    }

    /** Index of the first task that makes it more than a number; -1 if none does. */
    static int firstAbove(List<Task> tasks, int most) {
        boolean splitsWeights = tasks.stream().anyMatch(task -> task.kind() == TaskKind.WEIGHT);
        TaskKind last = splitsWeights ? TaskKind.WEIGHT : TaskKind.BACKWARD;
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
}
