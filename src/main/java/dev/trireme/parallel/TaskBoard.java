package dev.trireme.parallel;

import dev.trireme.schedule.Task;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which tasks of a step are done. Devices wait here for what they need; the first failure sends all of them home. */
final class TaskBoard {
    private final int stages;
    private final Set<Task> done = new HashSet<>();
    private Optional<RuntimeException> failure = Optional.empty();

    TaskBoard(int stages) {
        this.stages = stages;
    }

    /** Waits until everything that a task needs is done. @return false when there is nothing to wait for any more */
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

    /** The first failure counts; others, which may follow from it, are attached. */
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
