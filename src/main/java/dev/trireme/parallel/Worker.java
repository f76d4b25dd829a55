package dev.trireme.parallel;

import dev.trireme.config.Uninterrupted;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntConsumer;

/**
 * The thread of a device, for training and for generation. It lives as long as what runs on it.
 *
 * <pre>
 *   submit ──▶ in-queue ──▶ thread ──▶ out-queue ──▶ collect
 *   start  ──▶ in-queue ──▶ thread                             a job that tells its end by itself
 * </pre>
 */
public final class Worker implements AutoCloseable {
    /** Jobs to run; an empty one ends the thread. */
    private final BlockingQueue<Optional<Runnable>> in = new LinkedBlockingQueue<>();

    private final BlockingQueue<Optional<Throwable>> out = new LinkedBlockingQueue<>();
    private final Thread thread;

    /**
     * Starts the thread.
     *
     * @param name of the thread
     */
    public Worker(String name) {
        Objects.requireNonNull(name, "name");
        thread = new Thread(this::work, name);
        thread.setDaemon(true);
        thread.start();
    }

    void submit(Runnable job) {
        in.add(Optional.of(() -> out.add(run(job))));
    }

    /**
     * Runs a job after those that were given before.
     *
     * @param job that catches what it throws
     */
    public void start(Runnable job) {
        Objects.requireNonNull(job, "job");
        in.add(Optional.of(job));
    }

    /**
     * Whether the calling thread is this one.
     *
     * @return true within a job
     */
    public boolean isCurrent() {
        return Thread.currentThread() == thread;
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

    /**
     * Runs a job on all workers at the same time.
     *
     * @param job gets the number of its worker
     */
    static void onAll(List<Worker> workers, IntConsumer job) {
        for (int i = 0; i < workers.size(); i++) {
            int number = i;
            workers.get(i).submit(() -> job.accept(number));
        }
        List<Throwable> thrown = workers.stream()
                .map(worker -> worker.collect(() -> {}))
                .flatMap(Optional::stream)
                .toList();
        for (Throwable first : thrown) {
            thrown.stream().skip(1).filter(other -> other != first).forEach(first::addSuppressed);
            if (first instanceof RuntimeException exception) {
                throw exception;
            }
            throw (Error) first;
        }
    }

    private void work() {
        try {
            for (Optional<Runnable> job = in.take(); job.isPresent(); job = in.take()) {
                job.get().run();
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
