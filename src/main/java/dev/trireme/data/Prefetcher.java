package dev.trireme.data;

import dev.trireme.config.NullChecks;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an iterator ahead on a thread of its own, so that whoever takes its values seldom waits.
 *
 * <pre>
 *   source ──thread "name"──▶ at most capacity values ──hasNext, next──▶ caller
 * </pre>
 *
 * <p>What the source throws, the caller gets after the values before it. One thread at a time takes values; any may
 * close.
 *
 * @param <T> the values, never null
 */
public final class Prefetcher<T> implements Iterator<T>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Prefetcher.class);
    private static final long CLOSE_MILLIS = 5_000;

    private final Iterator<? extends T> source;
    private final int capacity;
    private final Thread thread;
    // All below is guarded by this object's lock, and whoever changes it notifies.
    private final Queue<T> ready = new ArrayDeque<>();
    private @Nullable Throwable failure;
    private boolean finished;
    private boolean closed;
    private long waitedNanos;

    /**
     * Starts the thread.
     *
     * @param source what to run ahead; only the new thread touches it from now on
     * @param capacity most values that wait to be taken
     * @param name of the thread
     * @throws IllegalArgumentException if {@code capacity} is below 1
     */
    public Prefetcher(Iterator<? extends T> source, int capacity, String name) {
        NullChecks.require("source", source, "name", name);
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity + " holds nothing; use 1 or more");
        }
        this.source = source;
        this.capacity = capacity;
        this.thread = new Thread(this::fill, name);
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Waits until there is a value, or none will come.
     *
     * @throws IllegalStateException if it is closed, or the thread is interrupted while it waits
     */
    @Override
    public synchronized boolean hasNext() {
        long start = System.nanoTime();
        waitWhile(() -> ready.isEmpty() && !finished && !closed);
        waitedNanos += System.nanoTime() - start;
        if (closed) {
            throw new IllegalStateException(thread.getName() + " is closed; take values before closing it");
        }
        if (ready.isEmpty() && failure != null) {
            throw rethrow(failure);
        }
        return !ready.isEmpty();
    }

    @Override
    public synchronized T next() {
        if (!hasNext()) {
            throw new NoSuchElementException(thread.getName() + " has no more values; ask hasNext() first");
        }
        notifyAll();
        return ready.remove();
    }

    /**
     * How long the caller has waited for values up to now.
     *
     * @return nanoseconds in all
     */
    public synchronized long waitedNanos() {
        return waitedNanos;
    }

    /** Drops what is ready and ends the thread; a second call does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            ready.clear();
            notifyAll();
        }
        thread.interrupt();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("{} is still busy; it ends as soon as its source gives the next value", thread.getName());
        }
    }

    private void fill() {
        try {
            while (source.hasNext()) {
                if (!put(source.next())) {
                    return;
                }
            }
            finish(null);
        } catch (Throwable e) { // the caller's thread is where someone handles it
            finish(e);
        }
    }

    private synchronized boolean put(T value) {
        waitWhile(() -> ready.size() >= capacity && !closed);
        if (!closed) {
            ready.add(value);
            notifyAll();
        }
        return !closed;
    }

    private synchronized void finish(@Nullable Throwable reason) {
        failure = reason;
        finished = true;
        notifyAll();
    }

    private synchronized void waitWhile(BooleanSupplier condition) {
        try {
            while (condition.getAsBoolean()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(thread.getName() + ": interrupted while waiting", e);
        }
    }

    private static RuntimeException rethrow(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
    }
}
