package dev.trireme.generate;

import dev.trireme.config.Uninterrupted;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A request under way. Any thread may call. */
public final class Handle {
    private final Course course;
    private final CompletableFuture<Answer> answer;
    private final Engine engine;

    Handle(Course course, Engine engine) {
        this.course = course;
        this.answer = course.answer;
        this.engine = engine;
    }

    /** Ends the request before its next token, also before the first; without effect when it is done. */
    public void cancel() {
        course.cancel();
        engine.wake();
    }

    /**
     * Whether the request is done, failed or cancelled.
     *
     * @return true from then on
     */
    public boolean isDone() {
        return answer.isDone();
    }

    /**
     * How the request goes.
     *
     * @return what is known now; of a request that is done, what its answer says
     */
    public RequestStatistics statistics() {
        return course.statistics();
    }

    /**
     * The answer, for other code to follow.
     *
     * @return a future of its own: cancelling it cancels the request, completing it changes nothing here. Cancelling a stage that was made
     *     from it, by {@code thenApply} and its like, cancels that stage alone
     */
    @SuppressWarnings("FutureReturnValueIgnored") // of a callback that cannot fail
    public CompletableFuture<Answer> future() {
        Following future = new Following();
        answer.whenComplete((given, failure) -> {
            if (failure == null) {
                future.complete(given);
            } else {
                future.completeExceptionally(failure); // as it is, where copy() would wrap a cancellation
            }
        });
        return future;
    }

    /** Whoever cancels it wants no answer any more. */
    private final class Following extends CompletableFuture<Answer> {
        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            if (!isDone()) {
                Handle.this.cancel();
            }
            completeExceptionally(Course.cancellation()); // at once: the request ends within an iteration
            return isCancelled();
        }
    }

    /**
     * Waits for the answer.
     *
     * @return the answer
     * @throws CancellationException when the request was cancelled; also when the thread is interrupted, which cancels it,
     *     and the interrupt stays set
     * @throws IllegalStateException when a callback of the engine waits, which would be for ever
     * @throws RuntimeException what the request failed by
     */
    public Answer await() {
        if (!isDone()) {
            engine.requireOtherThread("generate");
        }
        boolean[] interrupted = {false};
        try {
            return Uninterrupted.await(answer::get, () -> {
                interrupted[0] = true;
                cancel();
            });
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException exception) {
                throw exception;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        } catch (CancellationException e) {
            throw interrupted[0] ? new CancellationException("the thread was interrupted, which ended its request") : e;
        }
    }
}
