package dev.trireme.launch;

import dev.trireme.config.Uninterrupted;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A deadline for polling conditions that send no signal. */
record Deadline(long nanoTime, Duration timeout) {
    private static final long INTERVAL_MILLIS = 5;

    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos(), timeout);
    }

    boolean isOver() {
        return System.nanoTime() - nanoTime > 0;
    }

    /** Nanoseconds left, at least 0. */
    long leftNanos() {
        return Math.max(0, nanoTime - System.nanoTime());
    }

    /** Polls until the condition holds. @return whether it held in time */
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
     * As {@link #await(BooleanSupplier)}, but throws an {@code EngineException} of kind {@code TIMEOUT} when the
     * condition did not hold in time.
     */
    void await(BooleanSupplier condition, Supplier<String> otherwise) {
        if (!await(condition)) {
            throw new EngineException(Kind.TIMEOUT, otherwise.get() + " within " + timeout.toMillis() + " ms");
        }
    }

    /**
     * As {@link #await(BooleanSupplier)}, but an interrupt does not end it; the interrupt status is set again at the
     * end.
     */
    boolean awaitUninterrupted(BooleanSupplier condition) {
        return Uninterrupted.await(() -> {
            while (!condition.getAsBoolean()) {
                if (isOver()) {
                    return false;
                }
                Thread.sleep(INTERVAL_MILLIS);
            }
            return true;
        });
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
