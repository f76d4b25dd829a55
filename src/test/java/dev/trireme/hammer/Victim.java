package dev.trireme.hammer;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/** Something open, what can be done with it, and whether a thread has seen it closed. */
final class Victim {
    /** One call with random arguments. */
    @FunctionalInterface
    interface Use {
        void run(Random random) throws Exception;
    }

    /** One call. */
    @FunctionalInterface
    interface Call {
        void run() throws Exception;
    }

    private final List<Use> uses;
    private final Runnable close;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean spent = new AtomicBoolean();

    Victim(List<Use> uses, Runnable close) {
        this.uses = uses;
        this.close = close;
    }

    void use(Random random) throws Exception {
        uses.get(random.nextInt(uses.size())).run(random);
    }

    void close() {
        close.run();
        closed.set(true);
        spent.set(true);
    }

    /** A callback has closed it, or somebody a part of it. */
    void markSpent() {
        spent.set(true);
    }

    /** It is time for another one. */
    boolean isSpent() {
        return spent.get();
    }

    /** Closing it has returned. */
    boolean isClosed() {
        return closed.get();
    }
}
