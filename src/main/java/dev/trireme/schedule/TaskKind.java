package dev.trireme.schedule;

/** The kind of work that a stage does with a micro-batch. */
public enum TaskKind {
    /** Forward pass: computes the output and keeps the activations for backward. */
    FORWARD('F'),
    /** Backward pass: computes the gradient of the input; without {@link #WEIGHT} tasks, those of the weights too. */
    BACKWARD('B'),
    /** The gradients of the weights. No other task waits for them, so they can fill bubbles. */
    WEIGHT('W');

    private final char letter;

    TaskKind(char letter) {
        this.letter = letter;
    }

    /**
     * The letter in schedule files.
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
