package dev.trireme.generate;

import dev.trireme.config.Guard;
import dev.trireme.config.Uninterrupted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Runs groups concurrently. The first failure, an interrupt of the caller's thread, or closing the model ends all of
 * them, each before its next call of the model.
 */
final class InFlight {
    private final Guard guard;
    private volatile Optional<Throwable> failure = Optional.empty();

    /** Ends a group after another one has failed. */
    private static final class Abandoned extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** @param guard of the model */
    InFlight(Guard guard) {
        this.guard = guard;
    }

    /** Runs all groups to their end, and throws the first failure. */
    void run(List<Runnable> groups, Executor threads) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        try {
            groups.forEach(group -> running.add(CompletableFuture.runAsync(guard.part(() -> guarded(group)), threads)));
        } catch (RuntimeException | Error e) { // no thread for one of them: the others use its memory until they end
            fail(e);
        }
        await(CompletableFuture.allOf(running.toArray(CompletableFuture<?>[]::new)));
        failure.ifPresent(thrown -> {
            if (thrown instanceof CancellationException) {
                Thread.currentThread().interrupt(); // a callback may have interrupted another thread of the request
            }
            if (thrown instanceof Error error) {
                throw error;
            }
            throw thrown instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(thrown);
        });
    }

    private void await(CompletableFuture<Void> groups) {
        try {
            Uninterrupted.await(groups::get, () -> fail(interruption()));
        } catch (ExecutionException e) {
            throw new AssertionError("groups catch what they throw", e);
        }
    }

    private void guarded(Runnable group) {
        try {
            group.run();
        } catch (Throwable e) { // callbacks of other languages throw what Java would declare
            fail(e);
        }
    }

    private synchronized void fail(Throwable thrown) {
        if (failure.isEmpty()) {
            failure = Optional.of(thrown);
        } else if (!(thrown instanceof Abandoned) && failure.get() != thrown) {
            failure.get().addSuppressed(thrown);
        }
    }

    void requireGoing() {
        if (failure.isPresent()) {
            throw new Abandoned();
        }
        guard.requireOpen("generation");
        if (Thread.currentThread().isInterrupted()) {
            throw interruption();
        }
    }

    private CancellationException interruption() {
        return new CancellationException(
                "the thread was interrupted, which ended its generation; " + guard + " can be used again");
    }
}
