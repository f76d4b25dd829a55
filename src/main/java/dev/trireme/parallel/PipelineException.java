package dev.trireme.parallel;

import dev.trireme.schedule.Task;

/** A task of a pipeline failed; its cause says how. The other devices have stopped and can be used again. */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Task task;

    PipelineException(Task task, Throwable cause) {
        super(task + " failed: " + cause.getMessage(), cause);
        this.task = task;
    }

    /**
     * What failed.
     *
     * @return stage, direction and micro-batch
     */
    public Task task() {
        return task;
    }
}
