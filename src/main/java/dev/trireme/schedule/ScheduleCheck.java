package dev.trireme.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Validates the tasks of all devices. The checks come in the order in which their messages are easiest to understand.
 */
final class ScheduleCheck {
    private final int stages;
    private final int microBatches;
    private final List<List<Task>> tasks;
    private final Map<Task, Integer> indices = new HashMap<>();

    ScheduleCheck(int stages, int microBatches, List<List<Task>> tasks) {
        this.stages = stages;
        this.microBatches = microBatches;
        this.tasks = tasks;
    }

    void check() {
        checkTasksExistOnTheirDevice();
        checkNothingIsMissing();
        for (int device = 0; device < tasks.size(); device++) {
            checkOrder(device);
        }
        LockStep.clocks(stages, tasks); // or it hangs, and says where
    }

    private void checkTasksExistOnTheirDevice() {
        for (int device = 0; device < tasks.size(); device++) {
            for (int index = 0; index < tasks.get(device).size(); index++) {
                Task task = tasks.get(device).get(index);
                if (task.stage() < 0 || task.stage() >= stages) {
                    throw at(device, index, "there is no stage " + task.stage() + "; use 0 to " + (stages - 1));
                }
                if (task.microBatch() < 0 || task.microBatch() >= microBatches) {
                    throw at(
                            device,
                            index,
                            "there is no micro-batch " + task.microBatch() + "; use 0 to " + (microBatches - 1));
                }
                if (task.stage() % tasks.size() != device) {
                    throw at(
                            device,
                            index,
                            "stage " + task.stage() + " is on device " + task.stage() % tasks.size()
                                    + "; move the task there");
                }
                Integer earlier = indices.put(task, index);
                if (earlier != null) {
                    throw at(device, index, "was step " + (earlier + 1) + " already; drop one");
                }
            }
        }
    }

    private void checkNothingIsMissing() {
        boolean splitsWeights = indices.keySet().stream().anyMatch(task -> task.kind() == TaskKind.WEIGHT);
        for (int stage = 0; stage < stages; stage++) {
            for (int microBatch = 0; microBatch < microBatches; microBatch++) {
                for (TaskKind kind : TaskKind.values()) {
                    Task task = new Task(stage, kind, microBatch);
                    if (!indices.containsKey(task) && (splitsWeights || kind != TaskKind.WEIGHT)) {
                        throw new ScheduleException(
                                stage % tasks.size(), " lacks " + task.label(tasks.size()) + ", " + task + "; add it");
                    }
                }
            }
        }
    }

    private void checkOrder(int device) {
        for (int index = 0; index < tasks.get(device).size(); index++) {
            Task task = tasks.get(device).get(index);
            for (Task need : task.needs(stages)) {
                if (need.stage() % tasks.size() == device && indexOf(need) > index) {
                    throw at(
                            device,
                            index,
                            "needs the " + need + ", which is step " + (indexOf(need) + 1) + "; put that first");
                }
            }
            Task previous = new Task(task.stage(), task.kind(), task.microBatch() - 1);
            if (task.kind() != TaskKind.FORWARD && indexOf(previous) > index) {
                throw at(
                        device,
                        index,
                        "comes before " + previous.label(tasks.size())
                                + "; go by increasing micro-batch, which is the order that gradients are summed in");
            }
        }
    }

    private int indexOf(Task task) {
        return indices.getOrDefault(task, -1);
    }

    private ScheduleException at(int device, int index, String problemAndCure) {
        return ScheduleException.at(device, index, tasks.get(device).get(index).label(tasks.size()), problemAndCure);
    }
}
