package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * Who computes what in which order: a list of tasks for each device. One that exists is right: every stage does every
 * micro-batch once, in an order that keeps what is needed in front of what needs it, and never hangs.
 *
 * <pre>
 *   1f1b, 2 devices, 3 micro-batches            device 0   F0 F1 B0 F2 B1 B2
 *                                               device 1   F0 B0 F1 B1 F2 B2
 * </pre>
 *
 * <p>Stage {@code s} is on device {@code s mod devices}; a device with several stages calls them its chunks. Without
 * tasks of kind {@link TaskKind#WEIGHT} a {@link TaskKind#BACKWARD} computes the gradients of input and weights; with
 * them, of the input only. Backward tasks of a stage, and weight tasks too, go by increasing micro-batch in every
 * schedule: gradients are summed in one order, so that all schedules give the same bits.
 *
 * @param name what it is called, such as {@code 1f1b}
 * @param stages of the model, a multiple of the devices
 * @param microBatches of a step
 * @param tasks of each device, in order
 */
public record Schedule(String name, int stages, int microBatches, List<List<Task>> tasks) {
    /**
     * Checks the whole schedule.
     *
     * @throws ScheduleException naming the device and the step at fault
     * @throws IllegalArgumentException for numbers that fit no schedule
     */
    public Schedule {
        NullChecks.require("name", name, "tasks", tasks);
        tasks = tasks.stream().map(List::copyOf).toList();
        Requirements.positive("devices", tasks.size());
        Requirements.positive("stages", stages);
        Requirements.positive("microBatches", microBatches);
        if (stages % tasks.size() != 0) {
            throw new IllegalArgumentException("stages is " + stages + " but there are " + tasks.size()
                    + " devices; use the same number of stages on each");
        }
        new ScheduleCheck(stages, microBatches, tasks).check();
    }

    /**
     * How many devices take part.
     *
     * @return the number of task lists
     */
    public int devices() {
        return tasks.size();
    }

    /**
     * How many stages each device holds.
     *
     * @return 1 unless interleaved
     */
    public int chunks() {
        return stages / tasks.size();
    }

    /**
     * Where a stage is.
     *
     * @param stage its number
     * @return its device
     */
    public int deviceOf(int stage) {
        return stage % tasks.size();
    }

    /**
     * Whether gradients of weights are tasks of their own.
     *
     * @return true if there are tasks of kind {@link TaskKind#WEIGHT}
     */
    public boolean splitsWeights() {
        return tasks.get(0).stream().anyMatch(task -> task.kind() == TaskKind.WEIGHT);
    }

    /**
     * How many forward passes a device holds at once: each from its forward task until nothing is left to be done with
     * it, which is after its weight task, or its backward task where there are none.
     *
     * @param device its number
     * @return the most (stage, micro-batch) pairs at any time; a pair is the activations of one chunk
     */
    public int liveActivations(int device) {
        return LiveActivations.most(tasks.get(device));
    }

    /**
     * How many micro-batches' activations a stage holds at once.
     *
     * @param stage its number
     * @param again which micro-batches drop theirs after forward and make them again in backward
     * @return the most at any time
     */
    public int liveMicroBatches(int stage, IntPredicate again) {
        Objects.requireNonNull(again, "again");
        return LiveActivations.most(tasks.get(deviceOf(stage)), stage, again);
    }

    /**
     * Refuses a schedule that holds more than there is room for.
     *
     * @param most live activations that a device has room for
     * @return this schedule
     * @throws ScheduleException naming the first step that needs more
     */
    public Schedule requireLive(int most) {
        for (int device = 0; device < devices(); device++) {
            int index = LiveActivations.firstAbove(tasks.get(device), most);
            if (index >= 0) {
                String label = tasks.get(device).get(index).label(devices());
                throw ScheduleException.at(
                        device, index, label, "holds more than " + most + " activations; put backward tasks earlier");
            }
        }
        return this;
    }

    /**
     * The schedule in lock-step, as if each task took one clock: what all devices may start together. A device whose
     * next task lacks an input sits the clock out.
     *
     * @return for each clock its tasks, at most one a device, in the order of the devices
     */
    public List<List<Task>> clocks() {
        return LockStep.clocks(stages, tasks);
    }
}
