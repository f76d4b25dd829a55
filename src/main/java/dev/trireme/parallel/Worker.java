package dev.trireme.parallel;

import dev.trireme.config.Uninterrupted;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The thread of a device. It lives as long as the pipeline.
 *
 * <pre>
 *   submit ──▶ in-queue ──▶ thread ──▶ out-queue ──▶ collect
 * </pre>
 */
final class Worker implements AutoCloseable {
    /** Jobs to run; an empty one ends the thread. */
    private final BlockingQueue<Optional<Runnable>> in = new LinkedBlockingQueue<>();

    private final BlockingQueue<Optional<Throwable>> out = new LinkedBlockingQueue<>();
    private final Thread thread;

    Worker(String name) {
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
    }

    void submit(Runnable job) {
        in.add(Optional.of(job));
    }

    /**
     * Waits for the oldest job that was not collected, even when the thread is interrupted.
     *
     * @param onInterrupt may tell the job to end soon
     * @return what it threw
     */
    Optional<Throwable> collect(Runnable onInterrupt) {
        // Native code cannot be stopped half-way, and its tensors are in use until it ends.
        return Uninterrupted.await(out::take, onInterrupt);
    }

    private void work() {
        try {
            for (Optional<Runnable> job = in.take(); job.isPresent(); job = in.take()) {
                out.add(run(job.get()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Optional<Throwable> run(Runnable job) {
        try {
            job.run();
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            return Optional.of(e);
        }
    }

    /** Ends the thread and waits for its end. */
    @Override
    public void close() {
        in.add(Optional.empty());
        Uninterrupted.join(thread);
    }
}
