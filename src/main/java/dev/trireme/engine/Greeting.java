package dev.trireme.engine;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The first exchange with a store, on a daemon thread that can be abandoned: libtorch waits forever for the answer of
 * whatever accepted the connection.
 */
final class Greeting {
    private Greeting() {}

    static Store within(Duration timeout, Supplier<Store> connection, Supplier<EngineException> otherwise) {
        CompletableFuture<Store> store = new CompletableFuture<>();
        Thread thread = new Thread(() -> complete(store, connection), "greeting of rank 0");
        thread.setDaemon(true);
        thread.start();
        try {
            return store.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw abandon(store, otherwise.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw abandon(store, new CancellationException("the thread was interrupted while it waited for rank 0"));
        }
    }

    private static void complete(CompletableFuture<Store> store, Supplier<Store> connection) {
        try {
            Store connected = connection.get();
            if (!store.complete(connected)) {
                connected.close(); // nobody waits for it any more
            }
        } catch (RuntimeException | Error e) {
            store.completeExceptionally(e);
        }
    }

    private static RuntimeException abandon(CompletableFuture<Store> store, RuntimeException why) {
        if (!store.completeExceptionally(why) && !store.isCompletedExceptionally()) {
            store.join().close(); // it came in this very moment
        }
        return why;
    }
}
