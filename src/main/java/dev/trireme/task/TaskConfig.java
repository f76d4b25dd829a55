package dev.trireme.task;

import java.util.Objects;

/**
 * How data becomes rows.
 *
 * @param task its kind
 * @param documentMask whether the texts of a row do not see each other; always so for conversations and instructions
 * @param learnsAll whether all of a conversation or an instruction is learned, not only answers
 */
public record TaskConfig(Task task, boolean documentMask, boolean learnsAll) {
    /** Pairs of sentences. */
    public static final TaskConfig TRANSLATE = of(Task.TRANSLATE);

    /**
     * Checks that the settings mean something to the task.
     *
     * @throws IllegalArgumentException naming the setting that does not
     */
    public TaskConfig {
        Objects.requireNonNull(task, "task");
        if (documentMask && task != Task.TEXT) {
            throw new IllegalArgumentException("documentMask is of task text, but the task is " + task
                    + (task.isPacked() ? ", which has it always; leave it out" : "; leave it out"));
        }
        if (learnsAll && !task.isPacked()) {
            throw new IllegalArgumentException(
                    "loss all is of tasks chat and instruct, but the task is " + task + "; leave it out");
        }
    }

    /**
     * The usual settings of a task.
     *
     * @param task of them
     * @return texts see those before them in their row, and answers are learned
     */
    public static TaskConfig of(Task task) {
        return new TaskConfig(task, false, false);
    }
}
