package dev.trireme.schedule;

/** What a stage does with a micro-batch. */
public enum TaskKind {
    /** From its input to its output, keeping what the way back needs. */
    FORWARD('F'),
    /** From the gradient of its output to that of its input; without {@link #WEIGHT} tasks, of its weights too. */
    BACKWARD('B'),
    /** The gradients of the weights alone: nobody waits for them, so that they fill gaps. */
    WEIGHT('W');

    private final char letter;

    TaskKind(char letter) {
        this.letter = letter;
    }

    /**
     * How it is written.
     *
     * @return {@code F}, {@code B} or {@code W}
     */
    public char letter() {
        return letter;
    }

    static TaskKind of(char letter) {
        for (TaskKind kind : values()) {
            if (kind.letter == letter) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind of task is called " + letter + "; use F, B or W");
    }
}
