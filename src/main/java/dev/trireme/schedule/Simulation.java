package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Simulates a schedule with a given time for each task and no time between tasks. */
public final class Simulation {
    private Simulation() {}

    /**
     * Runs the simulation. A task starts as soon as its device is free and its inputs are ready. Transfers take no
     * time.
     *
     * @param schedule what to run
     * @param costs of each stage
     * @return all tasks with their times, from 0 on
     * @throws IllegalArgumentException when there is not one cost for each stage
     */
    public static Timeline run(Schedule schedule, List<Cost> costs) {
        NullChecks.require("schedule", schedule, "costs", costs);
        if (costs.size() != schedule.stages()) {
            throw new IllegalArgumentException(
                    "costs of " + costs.size() + " stages for a schedule of " + schedule.stages() + "; give one each");
        }
        boolean splitsWeights = schedule.splitsWeights();
        long[] free = new long[schedule.devices()];
        Map<Task, Long> ends = new HashMap<>();
        List<TimelineEvent> events = new ArrayList<>();
        for (List<Task> clock : schedule.clocks()) { // an order in which inputs come first
            for (Task task : clock) {
                int device = schedule.deviceOf(task.stage());
                long start = free[device];
                for (Task need : task.needs(schedule.stages())) {
                    start = Math.max(start, ends.getOrDefault(need, 0L));
                }
                long end = start + costs.get(task.stage()).nanos(task.kind(), splitsWeights);
                free[device] = end;
                ends.put(task, end);
                events.add(new TimelineEvent(device, task.stage(), task.kind(), task.microBatch(), start, end));
            }
        }
        return new Timeline(schedule.devices(), events);
    }
}
