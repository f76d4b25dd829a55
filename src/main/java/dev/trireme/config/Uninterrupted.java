package dev.trireme.config;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs file work that an interrupt must not abort. An interrupt closes the file channel in use by its thread, so the
 * work runs on a private thread; the caller waits and keeps its interrupt status.
 */
public final class Uninterrupted {
    private Uninterrupted() {}

    /** Reads or writes files. */
    @FunctionalInterface
    public interface FileWork {
        /**
         * Does it.
         *
         * @throws IOException when the disk is full or fails
         */
        void run() throws IOException;
    }

    /**
     * Waits for something.
     *
     * @param <T> what it gives
     * @param <E> what it throws besides
     */
    @FunctionalInterface
    public interface Wait<T, E extends Exception> {
        /**
         * Waits.
         *
         * @return what it waited for
         * @throws InterruptedException when the thread is interrupted
         * @throws E when it fails
         */
        T await() throws InterruptedException, E;
    }

    /**
     * Runs it and waits until it is done, however often the caller is interrupted.
     *
     * @param work may throw unchecked exceptions too
     * @throws IOException of the work
     */
    public static void run(FileWork work) throws IOException {
        Objects.requireNonNull(work, "work");
        FutureTask<Boolean> task = new FutureTask<>(() -> {
            work.run();
            return true;
        });
        new Thread(task, "file work of " + Thread.currentThread().getName()).start();
        try {
            await(task::get);
        } catch (ExecutionException e) {
            rethrow(e);
        }
    }

    /**
     * Waits to the end, however often the caller is interrupted, and leaves the interrupt set.
     *
     * @param wait what to wait for; begun anew after an interrupt
     * @param <T> what it gives
     * @param <E> what it throws besides
     * @return what it gave
     * @throws E of the wait
     */
    public static <T, E extends Exception> T await(Wait<T, E> wait) throws E {
        return await(wait, () -> {});
    }

    /**
     * As {@link #await(Wait)}, for those who make what they wait for end sooner.
     *
     * @param wait what to wait for; begun anew after an interrupt
     * @param onInterrupt called after each interrupt, whose flag is then clear
     * @param <T> what it gives
     * @param <E> what it throws besides
     * @return what it gave
     * @throws E of the wait
     */
    public static <T, E extends Exception> T await(Wait<T, E> wait, Runnable onInterrupt) throws E {
        NullChecks.require("wait", wait, "onInterrupt", onInterrupt);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return wait.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    onInterrupt.run();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Waits for the end of a thread.
     *
     * @param thread whose memory or files the caller goes on with
     */
    public static void join(Thread thread) {
        Objects.requireNonNull(thread, "thread");
        await(() -> {
            thread.join();
            return true;
        });
    }

    private static void rethrow(ExecutionException failure) throws IOException {
        Throwable cause = failure.getCause();
        if (cause instanceof IOException io) {
            throw io;
        }
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException(failure);
    }
}
