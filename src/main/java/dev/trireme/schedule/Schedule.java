package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

/**
 * A pipeline schedule: an ordered list of tasks for each device. It is validated on construction: complete (every stage
 * runs every micro-batch once), ordered (inputs come before their use) and free of deadlock.
 *
 * <pre>
 *   1f1b, 2 devices, 3 micro-batches            device 0   F0 F1 B0 F2 B1 B2
 *                                               device 1   F0 B0 F1 B1 F2 B2
 * </pre>
 *
 * <p>Stage {@code s} is on device {@code s mod devices}; a device with several stages calls them its chunks. Without
 * tasks of kind {@link TaskKind#WEIGHT} a {@link TaskKind#BACKWARD} computes the gradients of input and weights; with
 * them, of the input only. Backward tasks of a stage, and its weight tasks, go by increasing micro-batch in every
 * schedule. So gradients are summed in one order and all schedules give the same bits.
 *
 * @param name such as {@code 1f1b}
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
     * Number of devices.
     *
     * @return the number of task lists
     */
    public int devices() {
        return tasks.size();
    }

    /**
     * Number of stages of each device.
     *
     * @return 1 unless interleaved
     */
    public int chunks() {
        return stages / tasks.size();
    }

    /**
     * The device of a stage.
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
     * The most activations that a device holds at once. An activation lives from its forward task to its weight task,
     * or to its backward task where there are no weight tasks.
     *
     * @param device its number
     * @return the most (stage, micro-batch) pairs at any time; a pair is the activations of one chunk
     */
    public int liveActivations(int device) {
        return LiveActivations.most(tasks.get(device));
    }

    /**
     * The most micro-batches whose activations a stage holds at once.
     *
     * @param stage its number
     * @param again which micro-batches are checkpointed: they drop their activations and recompute them in backward
     * @return the most at any time
     */
    public int liveMicroBatches(int stage, IntPredicate again) {
        Objects.requireNonNull(again, "again");
        return LiveActivations.most(tasks.get(deviceOf(stage)), stage, again);
    }

    /**
     * Refuses a schedule that needs more memory than there is.
     *
     * @param most live activations that fit on a device
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
     * The schedule in lock-step, with one clock cycle for each task. A device whose next task lacks an input idles for
     * the cycle.
     *
     * @return for each clock its tasks, at most one a device, in the order of the devices
     */
    public List<List<Task>> clocks() {
        return LockStep.clocks(stages, tasks);
    }
}
