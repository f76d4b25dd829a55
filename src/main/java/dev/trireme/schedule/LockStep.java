package dev.trireme.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Simulates a schedule in clock cycles: in each, every device whose next task has its inputs runs it. If no device can,
 * the schedule deadlocks.
 */
final class LockStep {
    private final int stages;
    private final List<List<Task>> tasks;
    private final int[] next;
    private final Set<Task> done = new HashSet<>();

    private LockStep(int stages, List<List<Task>> tasks) {
        this.stages = stages;
        this.tasks = tasks;
        next = new int[tasks.size()];
    }

    static List<List<Task>> clocks(int stages, List<List<Task>> tasks) {
        LockStep run = new LockStep(stages, tasks);
        int total = tasks.stream().mapToInt(List::size).sum();
        List<List<Task>> clocks = new ArrayList<>();
        while (run.done.size() < total) {
            clocks.add(run.clock());
        }
        return List.copyOf(clocks);
    }

    private List<Task> clock() {
        List<Task> clock = new ArrayList<>();
        for (int device = 0; device < next.length; device++) {
            if (next[device] < tasks.get(device).size()
                    && done.containsAll(nextOf(device).needs(stages))) {
                clock.add(nextOf(device));
            }
        }
        if (clock.isEmpty()) {
            throw stuck();
        }
        clock.forEach(task -> next[task.stage() % next.length]++);
        done.addAll(clock);
        return List.copyOf(clock);
    }

    private Task nextOf(int device) {
        return tasks.get(device).get(next[device]);
    }

    /** Each blocked device waits for one other, so following them ends in a cycle. Only the cycle is reported. */
    private ScheduleException stuck() {
        int device = 0;
        while (next[device] == tasks.get(device).size()) {
            device++;
        }
        for (int hop = 0; hop < next.length; hop++) {
            device = missing(device).stage() % next.length;
        }
        StringBuilder ring = new StringBuilder("waits for the " + missing(device));
        for (int other = missing(device).stage() % next.length;
                other != device;
                other = missing(other).stage() % next.length) {
            ring.append(", but device %d, step %d (%s) waits for the %s"
                    .formatted(other, next[other] + 1, nextOf(other).label(next.length), missing(other)));
        }
        ring.append(": they wait for ever; let one of them first do what is waited for");
        return ScheduleException.at(device, next[device], nextOf(device).label(next.length), ring.toString());
    }

    private Task missing(int device) {
        return nextOf(device).needs(stages).stream()
                .filter(task -> !done.contains(task))
                .findFirst()
                .orElseThrow();
    }
}
