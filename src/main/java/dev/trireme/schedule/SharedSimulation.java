package dev.trireme.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A simulation in which the speed of a task changes whenever another begins or ends. */
final class SharedSimulation {
    private static final double DONE = 1e-12;

    private final Schedule schedule;
    private final List<Cost> alone;
    private final List<Cost> busy;
    private final Sharing sharing;
    private final int[] next;
    private final List<Running> running = new ArrayList<>();
    private final Set<Task> done = new HashSet<>();
    private final List<TimelineEvent> events = new ArrayList<>();
    private double now;

    /** A task that has begun. */
    private static final class Running {
        final Task task;
        final double start;
        double left = 1;

        Running(Task task, double start) {
            this.task = task;
            this.start = start;
        }
    }

    SharedSimulation(Schedule schedule, List<Cost> alone, List<Cost> busy, Sharing sharing) {
        this.schedule = schedule;
        this.alone = alone;
        this.busy = busy;
        this.sharing = sharing;
        this.next = new int[schedule.devices()];
    }

    Timeline run() {
        boolean[] works = new boolean[schedule.devices()];
        start(works);
        while (!running.isEmpty()) {
            double[] seconds =
                    running.stream().mapToDouble(each -> seconds(each.task)).toArray();
            double step = Double.POSITIVE_INFINITY;
            for (int i = 0; i < seconds.length; i++) {
                step = Math.min(step, running.get(i).left * seconds[i]);
            }
            now += step;
            for (int i = seconds.length - 1; i >= 0; i--) {
                Running each = running.get(i);
                each.left -= seconds[i] == 0 ? each.left : step / seconds[i];
                if (each.left <= DONE) {
                    running.remove(i);
                    end(each, works);
                }
            }
            start(works);
        }
        return new Timeline(schedule.devices(), events);
    }

    private void start(boolean[] works) {
        for (int device = 0; device < works.length; device++) {
            List<Task> tasks = schedule.tasks().get(device);
            if (!works[device] && next[device] < tasks.size() && isReady(tasks.get(next[device]))) {
                works[device] = true;
                running.add(new Running(tasks.get(next[device]++), now));
            }
        }
    }

    private boolean isReady(Task task) {
        return done.containsAll(task.needs(schedule.stages()));
    }

    private void end(Running each, boolean[] works) {
        Task task = each.task;
        int device = schedule.deviceOf(task.stage());
        works[device] = false;
        done.add(task);
        events.add(new TimelineEvent(
                device, task.stage(), task.kind(), task.microBatch(), Cost.nanos(each.start), Cost.nanos(now)));
    }

    private double seconds(Task task) {
        boolean splits = schedule.splitsWeights();
        return sharing.seconds(
                alone.get(task.stage()).seconds(task.kind(), splits),
                busy.get(task.stage()).seconds(task.kind(), splits),
                running.size());
    }
}
