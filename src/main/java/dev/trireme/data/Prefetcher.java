package dev.trireme.data;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Uninterrupted;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prefetches the values of an iterator on a thread of its own, so that the consumer seldom waits.
 *
 * <pre>
 *   source ──thread "name"──▶ at most capacity values ──hasNext, next──▶ caller
 * </pre>
 *
 * <p>An exception of the source reaches the consumer after the values before it. One thread at a time may take values;
 * any may close.
 *
 * @param <T> the values, never null
 */
public final class Prefetcher<T> implements Iterator<T>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Prefetcher.class);
    private static final long CLOSE_MILLIS = 5_000;

    private final Iterator<? extends T> source;
    private final BlockingQueue<Item<T>> ready;
    private final Thread thread;
    private final AtomicLong waitedNanos = new AtomicLong();
    private Optional<Item<T>> head = Optional.empty(); // taken from the queue by hasNext; the end stays here
    private volatile boolean closed;

    /** A value, or the end: an item without a value, with what the source threw, if anything. */
    private record Item<T>(Optional<T> value, Optional<Throwable> failure) {}

    /**
     * Starts the thread.
     *
     * @param source to prefetch; from now on only the new thread uses it
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
        this.ready = new ArrayBlockingQueue<>(capacity);
        this.thread = new Thread(this::fill, name); // no executor: it would not tell when its thread is gone
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Waits until there is a value, or none will come.
     *
     * @throws IllegalStateException if it is closed
     * @throws CancellationException when the thread is interrupted while it waits; the interrupt stays set, and no value
     *     is lost
     */
    @Override
    public synchronized boolean hasNext() {
        Item<T> item = head.orElseGet(this::take);
        head = Optional.of(item);
        if (closed) {
            throw new IllegalStateException(thread.getName() + " is closed; take values before closing it");
        }
        item.failure().ifPresent(Prefetcher::rethrow);
        return item.value().isPresent();
    }

    @Override
    public synchronized T next() {
        if (!hasNext()) {
            throw new NoSuchElementException(thread.getName() + " has no more values; ask hasNext() first");
        }
        T value = head.flatMap(Item::value).orElseThrow();
        head = Optional.empty();
        return value;
    }

    /**
     * Total time that the consumer has waited for values.
     *
     * @return nanoseconds in all
     */
    public long waitedNanos() {
        return waitedNanos.get();
    }

    /** Drops prefetched values and ends the thread. A second call does nothing. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        do {
            ready.clear();
        } while (!ready.offer(end(Optional.empty()))); // for a caller that waits
        Uninterrupted.await(() -> {
            thread.join(CLOSE_MILLIS);
            return true;
        });
        if (thread.isAlive()) {
            LOG.warn("{} is still busy; it ends as soon as its source gives the next value", thread.getName());
        }
    }

    private Item<T> take() {
        Optional<Item<T>> waiting = Optional.ofNullable(ready.poll());
        if (waiting.isPresent()) {
            return waiting.get();
        }
        long start = System.nanoTime();
        try {
            return ready.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException(
                    "the thread was interrupted while it waited for " + thread.getName() + "; take the value again");
        } finally {
            waitedNanos.addAndGet(System.nanoTime() - start);
        }
    }

    private void fill() {
        try {
            while (!closed && source.hasNext()) {
                put(new Item<>(Optional.of(source.next()), Optional.empty()));
            }
            put(end(Optional.empty()));
        } catch (Throwable e) { // the caller's thread is where someone handles it
            put(end(Optional.of(e)));
        }
    }

    /** Whoever closes interrupts afterwards, so that nothing waits here for room that nobody makes. */
    private void put(Item<T> item) {
        Uninterrupted.await(() -> {
            if (!closed) {
                ready.put(item);
            }
            return true;
        });
    }

    private static <T> Item<T> end(Optional<Throwable> failure) {
        return new Item<>(Optional.empty(), failure);
    }

    private static void rethrow(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
    }
}
