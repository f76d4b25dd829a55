package dev.trireme.config;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work that an interrupt must not cut short. An interrupt closes the file channel that its thread is using, so the work
 * gets a thread that nobody else knows; the caller waits and finds its interrupt still set.
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
     * Runs it and waits until it is done, however often the caller is interrupted.
     *
     * @param work what to do; it may throw unchecked exceptions too
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
            await(task);
        } catch (ExecutionException e) {
            rethrow(e);
        }
    }

    private static void await(FutureTask<Boolean> task) throws ExecutionException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
