package dev.trireme.generate;

/** Refuses a request because as many wait already as may. */
public final class EngineBusyException extends RuntimeException {
    private static final long serialVersionUID = 1;

    EngineBusyException(int waiting) {
        super(waiting + " requests wait already, which is the most; ask again later, or allow a longer queue");
    }
}
