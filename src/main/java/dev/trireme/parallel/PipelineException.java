package dev.trireme.parallel;

import dev.trireme.schedule.Task;

/** A failed task of a pipeline, with its cause. The other devices have stopped and can be used again. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Task task;

    PipelineException(Task task, Throwable cause) {
        super(task + " failed: " + cause.getMessage(), cause);
        this.task = task;
    }

    /**
     * The task that failed.
     *
     * @return stage, direction and micro-batch
     */
    public Task task() {
        return task;
    }
}
