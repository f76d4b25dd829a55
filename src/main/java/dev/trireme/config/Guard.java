package dev.trireme.config;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Serialises the calls of an object that owns native memory, and keeps any call from using the memory after it was
 * freed.
 *
 * <pre>
 *   alone, inTurn   ──▶ one call at a time; the others wait in the order in which they came
 *   beside          ──▶ any number at a time, also beside the one
 *   keep            ──▶ no call, but nothing is freed before it is let go
 *   close           ──▶ refuses new calls, waits for those under way, frees
 * </pre>
 *
 * <p>A call that would deadlock is refused: a callback that calls the object which called it, and two calls whose
 * threads wait for each other. A deadlock through further threads of a call is not detected. A long call asks {@link
 * #requireOpen} now and then, which ends it once the object is being closed. Refusals are {@code
 * IllegalStateException}s with the name of the object and the cure.
 */
public final class Guard {
    /** The guard that each thread waits for, by which two calls that wait for each other are detected. */
    private static final Map<Thread, Guard> WAITING = new ConcurrentHashMap<>();

    private final String name;
    private final Runnable free;
    private final Map<Thread, Integer> inside = new ConcurrentHashMap<>(); // and how many calls of each
    private volatile boolean closed;
    // All below is guarded by this object's lock, and whoever changes it notifies.
    private final Queue<Thread> queue = new ArrayDeque<>();
    private boolean taken;
    private int keepers;
    private boolean freeing;
    private boolean freed;

    /**
     * Guards an open object.
     *
     * @param name of the thing, for messages
     * @param free frees it; called once, on the thread that closes it or that ends its last call
     */
    public Guard(String name, Runnable free) {
        NullChecks.require("name", name, "free", free);
        this.name = name;
        this.free = free;
    }

    /**
     * Runs a short call exclusively. Waiting for it goes on when the thread is interrupted.
     *
     * @param action name of the call, for messages
     * @param call what to run
     * @param <T> what it returns
     * @return what it returned
     * @throws IllegalStateException when the thing is closed, or this thread is within a call of it
     */
    public <T> T alone(String action, Supplier<T> call) {
        NullChecks.require("action", action, "call", call);
        return aloneWith(action, call, false);
    }

    /**
     * Runs a long call exclusively.
     *
     * @param action name of the call, for messages
     * @param call what to run
     * @param <T> what it returns
     * @return what it returned
     * @throws IllegalStateException when the thing is closed, or this thread is within a call of it
     * @throws CancellationException when the thread is interrupted while it waits; the interrupt stays set
     */
    public <T> T inTurn(String action, Supplier<T> call) {
        NullChecks.require("action", action, "call", call);
        return aloneWith(action, call, true);
    }

    /**
     * Runs a call that other calls may overlap.
     *
     * @param action name of the call, for messages
     * @param call what to run
     * @param <T> what it returns
     * @return what it returned
     * @throws IllegalStateException when the thing is closed
     */
    public <T> T beside(String action, Supplier<T> call) {
        NullChecks.require("action", action, "call", call);
        synchronized (this) {
            requireNotClosed(action);
            enter();
        }
        try {
            return call.get();
        } finally {
            leave(false);
        }
    }

    /**
     * Wraps work of the running call so that another thread can do it.
     *
     * @param work what to run
     * @return the same work, counted as part of the call
     */
    public Runnable part(Runnable work) {
        Objects.requireNonNull(work, "work");
        return () -> {
            synchronized (this) {
                enter();
            }
            try {
                work.run();
            } finally {
                leave(false);
            }
        };
    }

    /**
     * Keeps the object's memory for a user that outlives {@link #close}.
     *
     * @param action name of the use, for messages
     * @return releases the memory; to be called once
     * @throws IllegalStateException when the thing is closed
     */
    public synchronized Runnable keep(String action) {
        Objects.requireNonNull(action, "action");
        requireNotClosed(action);
        keepers++;
        return () -> {
            synchronized (this) {
                keepers--;
            }
            freeIfUnused();
        };
    }

    /**
     * Ends a running call when the object is being closed.
     *
     * @param action name of the running call, for the message
     * @throws IllegalStateException when it is being closed
     */
    public void requireOpen(String action) {
        Objects.requireNonNull(action, "action");
        if (closed) {
            throw new IllegalStateException(name + " was closed during " + action + "; open a new one to do it again");
        }
    }

    /**
     * Refuses new calls, ends running ones, and frees the object. A second call does nothing. Called from within a
     * call, it returns at once, and the object is freed when that call ends.
     */
    public void close() {
        end();
        if (Uninterrupted.await(this::claimOnceUnused)) { // until then its memory is in use
            free();
        }
    }

    /**
     * Waits for the calls under way, or for the thread that frees it already.
     *
     * @return whether this thread is to free it; false also when waiting would be for this thread
     */
    private synchronized boolean claimOnceUnused() throws InterruptedException {
        while (!inside.isEmpty() || (freeing && !freed)) {
            if (inside.containsKey(Thread.currentThread()) || !await()) {
                return false;
            }
        }
        return claim();
    }

    /** The first half of {@link #close}: refuses new calls and tells those under way to end. It does not wait. */
    public synchronized void end() {
        closed = true;
        notifyAll(); // those who wait for their turn are refused
    }

    @Override
    public String toString() {
        return name;
    }

    private <T> T aloneWith(String action, Supplier<T> call, boolean interruptible) {
        takeTurn(action, interruptible);
        try {
            return call.get();
        } finally {
            leave(true);
        }
    }

    private synchronized void takeTurn(String action, boolean interruptible) {
        requireNotClosed(action);
        Thread me = Thread.currentThread();
        if (inside.containsKey(me)) {
            throw refusal(action, "a callback of its own asks for it, which would wait for ever");
        }
        if (taken || !queue.isEmpty()) {
            awaitTurn(me, action, interruptible);
        }
        taken = true;
        enter();
    }

    private void awaitTurn(Thread me, String action, boolean interruptible) {
        boolean interrupted = false;
        queue.add(me);
        try {
            while (taken || !me.equals(queue.peek())) {
                try {
                    if (!await()) {
                        throw refusal(action, "the call that has its turn waits for this thread");
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                    if (interruptible) {
                        throw new CancellationException("the thread was interrupted while it waited for its turn with "
                                + name + " to " + action + "; call it again");
                    }
                }
                requireNotClosed(action);
            }
        } finally {
            queue.remove(me);
            notifyAll();
            if (interrupted) {
                me.interrupt();
            }
        }
    }

    /** Waits for a change, of which callers ask in a loop. @return false when that would be for ever */
    @SuppressWarnings("WaitNotInLoop")
    private synchronized boolean await() throws InterruptedException {
        Thread me = Thread.currentThread();
        WAITING.put(me, this);
        try {
            if (waitsFor(me, new HashSet<>())) {
                return false;
            }
            wait();
            return true;
        } finally {
            WAITING.remove(me);
        }
    }

    private boolean waitsFor(Thread thread, Set<Guard> seen) {
        if (!seen.add(this)) {
            return false;
        }
        for (Thread user : inside.keySet()) {
            Guard other = WAITING.get(user);
            if (user.equals(thread) || (other != null && other.waitsFor(thread, seen))) {
                return true;
            }
        }
        return false;
    }

    private void requireNotClosed(String action) {
        if (closed) {
            throw new IllegalStateException(name + " is closed; open a new one to " + action);
        }
    }

    private IllegalStateException refusal(String action, String reason) {
        return new IllegalStateException(name + " cannot " + action + ": " + reason
                + "; do it when that call has returned, or with another one");
    }

    private void enter() {
        inside.merge(Thread.currentThread(), 1, Integer::sum);
    }

    private void leave(boolean turn) {
        synchronized (this) {
            taken &= !turn;
            inside.computeIfPresent(Thread.currentThread(), (thread, calls) -> calls == 1 ? null : calls - 1);
            notifyAll();
        }
        freeIfUnused();
    }

    private void freeIfUnused() {
        if (claim()) {
            free();
        }
    }

    /** @return whether this thread is to free it, which is true once */
    private synchronized boolean claim() {
        boolean mine = closed && !freeing && keepers == 0 && inside.isEmpty();
        freeing |= mine;
        return mine;
    }

    private void free() {
        try {
            free.run();
        } finally {
            synchronized (this) {
                freed = true;
                notifyAll();
            }
        }
    }
}
