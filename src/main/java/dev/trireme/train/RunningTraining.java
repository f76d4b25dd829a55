package dev.trireme.train;

import dev.trireme.config.ExitCode;
import dev.trireme.launch.JobControl;
import dev.trireme.launch.RankRequests;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** A handle to a run that goes on. Any thread may wait for it or cancel it. */
public final class RunningTraining implements AutoCloseable {
    private final CompletableFuture<ResultMetrics> result = new CompletableFuture<>();
    private final Thread thread;
    private final Asked asked;

    private RunningTraining(String name, Asked asked, Supplier<ResultMetrics> launch) {
        this.asked = asked;
        this.thread = new Thread(() -> complete(launch), "training of " + name);
    }

    /** How a run is asked for a checkpoint, and to end. */
    record Asked(Runnable checkpoint, Runnable end) {
        static Asked of(JobControl control) {
            return new Asked(control::checkpoint, () -> control.end(ExitCode.TERMINATED));
        }

        static Asked of(RankRequests requests) {
            return new Asked(requests::checkpoint, () -> requests.end(ExitCode.TERMINATED));
        }
    }

    static RunningTraining start(String name, Asked asked, Supplier<ResultMetrics> launch) {
        RunningTraining training = new RunningTraining(name, asked, launch);
        training.thread.start();
        return training;
    }

    /**
     * Waits for the end of the run.
     *
     * @return its result
     * @throws TrainingFailure when a rank failed, naming it
     * @throws CancellationException when it was cancelled
     * @throws TrainingEnded when it was ended by {@link #end}
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

    /** Asks for a checkpoint after the current step. It does not wait for it: the listener is told when it is on the disk. */
    public void checkpoint() {
        asked.checkpoint().run();
    }

    /**
     * Asks all ranks to end after the current step, with a checkpoint from which {@link Resumption} goes on. It does not
     * wait: {@link #await} does.
     */
    public void end() {
        asked.end().run();
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
