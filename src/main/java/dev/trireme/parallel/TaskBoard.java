package dev.trireme.parallel;

import dev.trireme.schedule.Task;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Records which tasks of a step are done. Workers wait here for the inputs of their next task; the first failure
 * cancels all of them.
 */
final class TaskBoard {
    private final int stages;
    private final Set<Task> done = new HashSet<>();
    private Optional<RuntimeException> failure = Optional.empty();

    TaskBoard(int stages) {
        this.stages = stages;
    }

    /** Waits until the inputs of a task are done. @return false when the step was cancelled */
    synchronized boolean awaitNeedsOf(Task task) throws InterruptedException {
        for (Task need : task.needs(stages)) {
            while (!done.contains(need) && failure.isEmpty()) {
                wait();
            }
        }
        return failure.isEmpty();
    }

    synchronized void complete(Task task) {
        done.add(task);
        notifyAll();
    }

    /** Cancels the step. The first failure is the one that is thrown; later ones are attached to it. */
    synchronized void fail(RuntimeException exception) {
        if (failure.isEmpty()) {
            failure = Optional.of(exception);
            notifyAll();
        } else if (failure.get() != exception) {
            failure.get().addSuppressed(exception);
        }
    }

    synchronized Optional<RuntimeException> failure() {
        return failure;
    }
}
