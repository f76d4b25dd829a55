package dev.trireme.launch;

import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A moment until which to wait for things that send no signal. */
record Deadline(long nanoTime, Duration timeout) {
    private static final long INTERVAL_MILLIS = 5;

    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos(), timeout);
    }

    boolean isOver() {
        return System.nanoTime() - nanoTime > 0;
    }

    /** At least 0. */
    long leftNanos() {
        return Math.max(0, nanoTime - System.nanoTime());
    }

    /** Whether the condition came to hold in time. */
    boolean await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (isOver()) {
                return false;
            }
            pause();
        }
        return true;
    }

    /**
     * As {@link #await(BooleanSupplier)}, but what did not happen is an {@code EngineException} of kind {@code
     * TIMEOUT}.
     */
    void await(BooleanSupplier condition, Supplier<String> otherwise) {
        if (!await(condition)) {
            throw new EngineException(Kind.TIMEOUT, otherwise.get() + " within " + timeout.toMillis() + " ms");
        }
    }

    /** As {@link #await(BooleanSupplier)}, and an interrupt waits too: it is set again at the end. */
    boolean awaitUninterrupted(BooleanSupplier condition) {
        boolean interrupted = false;
        try {
            while (!condition.getAsBoolean()) {
                if (isOver()) {
                    return false;
                }
                try {
                    Thread.sleep(INTERVAL_MILLIS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(INTERVAL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for other ranks", e);
        }
    }
}
