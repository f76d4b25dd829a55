package dev.trireme.generate;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Groups that run at the same time. The first failure ends all of them, each before its next call of the model. */
final class InFlight {
    private volatile Optional<Throwable> failure = Optional.empty();

    /** Ends a group whose neighbour has failed. */
    private static final class Abandoned extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Waits for the end of all groups; throws what the first failure threw. */
    void run(List<Runnable> groups, Executor threads) {
        CompletableFuture.allOf(groups.stream()
                        .map(group -> CompletableFuture.runAsync(() -> guarded(group), threads))
                        .toArray(CompletableFuture<?>[]::new))
                .join();
        failure.ifPresent(thrown -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        });
    }

    private void guarded(Runnable group) {
        try {
            group.run();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized void fail(Throwable thrown) {
        if (failure.isEmpty()) {
            failure = Optional.of(thrown);
        }
    }

    void requireGoing() {
        if (failure.isPresent()) {
            throw new Abandoned();
        }
    }
}
