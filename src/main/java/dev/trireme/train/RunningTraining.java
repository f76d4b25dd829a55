package dev.trireme.train;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** A handle to a launched run. Any thread may wait for it or cancel it. */
public final class RunningTraining implements AutoCloseable {
    private final CompletableFuture<ResultMetrics> result = new CompletableFuture<>();
    private final Thread thread;

    private RunningTraining(String name, Supplier<ResultMetrics> launch) {
        this.thread = new Thread(() -> complete(launch), "training of " + name);
    }

    static RunningTraining start(String name, Supplier<ResultMetrics> launch) {
        RunningTraining training = new RunningTraining(name, launch);
        training.thread.start();
        return training;
    }

    /**
     * Waits for the end of the run.
     *
     * @return its result
     * @throws TrainingFailure when a rank failed, naming it
     * @throws CancellationException when it was cancelled
     */
    public ResultMetrics await() {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    /**
     * Whether the run has not ended yet.
     *
     * @return false when {@link #await} would not wait
     */
    public boolean isRunning() {
        return !result.isDone();
    }

    /**
     * Ends the ranks and returns when all have ended. After the end of the run it does nothing. A model of an earlier
     * run stays.
     */
    public void cancel() {
        thread.interrupt();
        result.handle((metrics, failure) -> metrics).join();
    }

    /** As {@link #cancel}. */
    @Override
    public void close() {
        cancel();
    }

    private void complete(Supplier<ResultMetrics> launch) {
        try {
            result.complete(launch.get());
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
        }
    }
}
