package dev.trireme.cost;

import dev.trireme.config.Uninterrupted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Equal runs on threads of their own that begin each part together. The first that fails ends the others: those that wait, and
 * those that would come to wait later.
 *
 * <pre>
 *   caller    part ──┬── part ──┬──▶ result
 *   thread 1  part ──┤  part ───┤
 *   thread 2  part ──┘  part ✗  └──▶ the failure of thread 2, thrown by the caller
 * </pre>
 */
final class Together {
    private static final int PATIENCE_SECONDS = 600;

    private final Phaser parts;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Together(int count) {
        parts = new Phaser(count);
    }

    /** Another run failed, which is the failure that counts. */
    private static final class Stopped extends CancellationException {
        private static final long serialVersionUID = 1;

        Stopped() {
            super("another core's measurement failed");
        }
    }

    /**
     * Runs the work as often as is said at once, once on the calling thread.
     *
     * @return the result of the calling thread
     * @throws RuntimeException of the first that failed; failures of others are attached
     */
    static <T> T run(int count, Function<Together, T> work) {
        Together together = new Together(count);
        List<Thread> others = together.start(count - 1, work);
        Optional<T> own = together.attempt(work);
        others.forEach(Uninterrupted::join); // their stages are freed
        together.throwFirst();
        return own.orElseThrow();
    }

    /** Waits for the others. */
    void await() {
        try {
            if (parts.awaitAdvanceInterruptibly(parts.arrive(), PATIENCE_SECONDS, TimeUnit.SECONDS) < 0) {
                throw new Stopped();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while costs were measured");
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "another core's measurement takes more than " + PATIENCE_SECONDS + " s; end other programs", e);
        }
    }

    private <T> List<Thread> start(int count, Function<Together, T> work) {
        List<Thread> threads = new ArrayList<>();
        try {
            for (int number = 1; number <= count; number++) {
                Thread thread = new Thread(() -> attempt(work), "trireme cost " + number);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        } catch (OutOfMemoryError e) { // or out of threads
            fail(e);
        }
        return threads;
    }

    private <T> Optional<T> attempt(Function<Together, T> work) {
        try {
            return Optional.of(work.apply(this));
        } catch (Stopped e) {
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            fail(e);
            return Optional.empty();
        }
    }

    private void fail(Throwable failure) {
        failures.add(failure);
        parts.forceTermination();
    }

    private void throwFirst() {
        Optional<Throwable> first = Optional.ofNullable(failures.poll());
        first.ifPresent(
                failure -> failures.stream().filter(other -> other != failure).forEach(failure::addSuppressed));
        if (first.isPresent() && first.get() instanceof Error error) {
            throw error;
        }
        if (first.isPresent() && first.get() instanceof RuntimeException unchecked) {
            throw unchecked;
        }
    }
}
