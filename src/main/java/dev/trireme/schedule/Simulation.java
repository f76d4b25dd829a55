package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a schedule would do if every task took its stated time. */
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
        return run(schedule, costs, Transfer.NONE);
    }

    /**
     * Starts each task as soon as its device is free and its inputs have come. A device computes while it sends.
     *
     * @param schedule what to run
     * @param costs of each stage
     * @param transfers between stages
     * @return all tasks with their times, from 0 on
     * @throws IllegalArgumentException when there is not one cost for each stage
     */
    public static Timeline run(Schedule schedule, List<Cost> costs, Transfer transfers) {
        NullChecks.require("schedule", schedule, "costs", costs, "transfers", transfers);
        requireAll(schedule, costs);
        boolean splitsWeights = schedule.splitsWeights();
        long[] free = new long[schedule.devices()];
        Map<Task, Long> ends = new HashMap<>();
        List<TimelineEvent> events = new ArrayList<>();
        for (List<Task> clock : schedule.clocks()) { // an order in which inputs come first
            for (Task task : clock) {
                int device = schedule.deviceOf(task.stage());
                long start = free[device];
                for (Task need : task.needs(schedule.stages())) {
                    long way = need.stage() == task.stage()
                            ? 0
                            : Cost.nanos(transfers.seconds(need.stage(), task.stage()));
                    start = Math.max(start, ends.getOrDefault(need, 0L) + way);
                }
                long end = start + costs.get(task.stage()).nanos(task.kind(), splitsWeights);
                free[device] = end;
                ends.put(task, end);
                events.add(new TimelineEvent(device, task.stage(), task.kind(), task.microBatch(), start, end));
            }
        }
        return new Timeline(schedule.devices(), events);
    }

    /**
     * Starts each task as soon as its device is free and its inputs are there, on devices that slow each other down.
     *
     * @param schedule what to run
     * @param alone costs of each stage while nothing else runs
     * @param busy the same while all cores are busy
     * @param sharing how many devices there really are
     * @return all tasks with their times, from 0 on
     * @throws IllegalArgumentException when there is not one cost for each stage
     */
    public static Timeline shared(Schedule schedule, List<Cost> alone, List<Cost> busy, Sharing sharing) {
        NullChecks.require("schedule", schedule, "alone", alone, "busy", busy, "sharing", sharing);
        requireAll(schedule, alone);
        requireAll(schedule, busy);
        return new SharedSimulation(schedule, alone, busy, sharing).run();
    }

    private static void requireAll(Schedule schedule, List<Cost> costs) {
        if (costs.size() != schedule.stages()) {
            throw new IllegalArgumentException(
                    "costs of " + costs.size() + " stages for a schedule of " + schedule.stages() + "; give one each");
        }
    }
}
