package dev.trireme.generate;

import dev.trireme.model.ModelConfig;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The stages of a copy of the model with one group's cache on each, as a single model.
 *
 * <pre>
 *   extend ──┐ is deferred until logits or argmax are asked for
 *   argmax ──┴▶ stage 0's thread: extend ──▶ stage 1's thread: extend, argmax ──▶ the waiting caller
 * </pre>
 *
 * <p>Several chains share the stages. Each is called by a thread of its own and has its own caches. A chain runs one
 * call at a time, because a stage keeps its output only until it extends that cache again.
 */
final class StageChain implements CachedModel {
    /** A stage and the thread of its device. */
    record Worker(CachedStage stage, Executor thread) {}

    private final List<Worker> workers;
    private final ModelConfig config;
    private final int cache;
    private final List<Consumer<CachedStage>> pending = new ArrayList<>(); // an extension is the last of them
    private boolean extensionIsPending;

    /** @param cache a number that no other chain has on these stages */
    StageChain(List<Worker> workers, ModelConfig config, int cache) {
        this.workers = List.copyOf(workers);
        this.config = config;
        this.cache = cache;
    }

    @Override
    public int vocabulary() {
        return config.vocabulary();
    }

    @Override
    public int positions() {
        return config.positions();
    }

    @Override
    public void openCache(int slots, int capacity) {
        forget();
        run(List.of(stage -> stage.openCache(cache, slots, capacity)));
    }

    @Override
    public void closeCache() {
        forget();
        run(List.of(stage -> stage.closeCache(cache)));
    }

    @Override
    public long cacheBytes(int slots, int capacity) {
        return workers.stream()
                .mapToLong(worker -> worker.stage.cacheBytes(slots, capacity))
                .sum();
    }

    @Override
    public OptionalLong freeBytes() {
        return workers.get(0).stage.freeBytes();
    }

    @Override
    public void extend(int[] slots, int[] counts, int[] ids) {
        if (extensionIsPending) {
            run(takePending());
        }
        pending.add(stage -> stage.extend(cache, slots, counts, ids));
        extensionIsPending = true;
    }

    @Override
    public void logits(int[] tokens, FloatBuffer destination) {
        ask(last -> {
            last.logits(cache, tokens, destination);
            return Optional.empty();
        });
    }

    @Override
    public int[] argmax(int[] tokens) {
        return ask(last -> last.argmax(cache, tokens));
    }

    @Override
    public void truncate(int slot, int length) {
        later(stage -> stage.truncate(cache, slot, length));
    }

    @Override
    public void reorder(int[] parents) {
        later(stage -> stage.reorder(cache, parents));
    }

    private void later(Consumer<CachedStage> work) {
        if (extensionIsPending) {
            run(takePending());
        }
        pending.add(work);
    }

    private void forget() {
        pending.clear();
        extensionIsPending = false;
    }

    private List<Consumer<CachedStage>> takePending() {
        List<Consumer<CachedStage>> taken = List.copyOf(pending);
        forget();
        return taken;
    }

    private void run(List<Consumer<CachedStage>> work) {
        pass(work, last -> Optional.empty());
    }

    private <T> T ask(Function<CachedStage, T> question) {
        if (pending.isEmpty()) {
            Worker last = workers.get(workers.size() - 1);
            return await(CompletableFuture.supplyAsync(() -> question.apply(last.stage), last.thread));
        }
        return pass(takePending(), question);
    }

    /** Runs work on every stage in order, then asks the last one. */
    private <T> T pass(List<Consumer<CachedStage>> work, Function<CachedStage, T> question) {
        CompletableFuture<CachedStage> done = CompletableFuture.completedFuture(workers.get(0).stage);
        for (Worker worker : workers.subList(0, workers.size() - 1)) {
            done = done.thenApplyAsync(previous -> work(worker.stage, work), worker.thread);
        }
        Worker last = workers.get(workers.size() - 1);
        return await(done.thenApplyAsync(previous -> question.apply(work(last.stage, work)), last.thread));
    }

    private static CachedStage work(CachedStage stage, List<Consumer<CachedStage>> work) {
        work.forEach(each -> each.accept(stage));
        return stage;
    }

    /** Waits, and rethrows what the stage threw, which names the stage. */
    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException exception) {
                throw exception;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }
}
