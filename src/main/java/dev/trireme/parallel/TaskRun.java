package dev.trireme.parallel;

import dev.trireme.schedule.Task;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;

/**
 * Runs the tasks of all devices once.
 *
 * <pre>
 *   EAGER     device 0   F0 F1 B0 …        each waits at the board for what its next task needs
 *             device 1      F0 B0 …
 *   CLOCKED   clock 0: submit F0 ; collect    clock 1: submit F1 | F0 ; collect both    …
 * </pre>
 *
 * <p>When the caller's thread is interrupted, each device ends after its task.
 */
final class TaskRun {
    private final List<Worker> workers;
    private final TaskBoard board;
    private final Consumer<Task> operation;
    private final List<List<TimelineEvent>> events = new ArrayList<>();

    /** @param operation runs a task; called on the thread of its device */
    TaskRun(List<Worker> workers, TaskBoard board, Consumer<Task> operation) {
        this.workers = workers;
        this.board = board;
        this.operation = operation;
        workers.forEach(worker -> events.add(new ArrayList<>()));
    }

    /**
     * Runs the list of each device, each task as early as possible.
     *
     * @throws PipelineException the first failure, when all devices are idle again
     * @throws CancellationException when the thread was interrupted, likewise
     */
    Timeline eager(List<List<Task>> tasks) {
        for (int i = 0; i < workers.size(); i++) {
            int device = i;
            workers.get(device).submit(() -> runList(device, tasks.get(device)));
        }
        return collect(workers);
    }

    /** Runs one clock cycle after the other. The device of a task is its stage modulo the number of devices. */
    Timeline clocked(List<List<Task>> clocks) {
        for (List<Task> clock : clocks) {
            List<Worker> busy = new ArrayList<>();
            for (Task task : clock) {
                int device = task.stage() % workers.size();
                workers.get(device).submit(() -> runTask(device, task));
                busy.add(workers.get(device));
            }
            collect(busy);
        }
        return timeline();
    }

    private void runList(int device, List<Task> tasks) {
        try {
            for (Task task : tasks) {
                if (!board.awaitNeedsOf(task)) {
                    return;
                }
                runTask(device, task);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread of device " + device + " was interrupted", e);
        }
    }

    private void runTask(int device, Task task) {
        if (board.failure().isPresent()) {
            return;
        }
        long start = System.nanoTime();
        try {
            operation.accept(task);
        } catch (RuntimeException | Error e) {
            board.fail(new PipelineException(task, e));
            return;
        }
        events.get(device)
                .add(new TimelineEvent(device, task.stage(), task.kind(), task.microBatch(), start, System.nanoTime()));
        board.complete(task);
    }

    private Timeline collect(List<Worker> busy) {
        Optional<Throwable> unexpected = Optional.empty();
        for (Worker worker : busy) {
            Optional<Throwable> thrown = worker.collect(() -> board.fail(new CancellationException(
                    "the thread was interrupted, which ended its pass through the pipeline; it can be used again")));
            unexpected = unexpected.isPresent() ? unexpected : thrown;
        }
        board.failure().ifPresent(failure -> {
            throw failure;
        });
        unexpected.ifPresent(thrown -> {
            throw new IllegalStateException("a device failed outside of its tasks", thrown);
        });
        return timeline();
    }

    private Timeline timeline() {
        return new Timeline(
                workers.size(), events.stream().flatMap(List::stream).toList());
    }
}
