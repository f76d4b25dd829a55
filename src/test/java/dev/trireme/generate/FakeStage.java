package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stage of a {@link FakeModel}. It minds the rules of {@link CachedStage}: one thread at a time, and the output of the
 * previous stage is taken once, before that stage goes on with the same cache.
 */
class FakeStage implements CachedStage {
    static final int VOCABULARY = 23;
    static final int POSITIONS = 600;

    private final Optional<FakeStage> previous;
    private final Map<Integer, FakeModel> caches = new ConcurrentHashMap<>();
    private final Set<Integer> notTaken = ConcurrentHashMap.newKeySet(); // caches whose output the next stage must take
    private final AtomicInteger inside = new AtomicInteger();
    private final Set<Thread> threads = new HashSet<>();
    private boolean last = true;

    private boolean closed;
    int extensions;
    int failAt = Integer.MAX_VALUE; // number of the extension, from 1

    FakeStage(Optional<FakeStage> previous) {
        this.previous = previous;
        previous.ifPresent(source -> source.last = false);
    }

    static List<FakeStage> chain(int stages) {
        List<FakeStage> chain = new ArrayList<>();
        for (int i = 0; i < stages; i++) {
            chain.add(new FakeStage(i == 0 ? Optional.empty() : Optional.of(chain.get(i - 1))));
        }
        return chain;
    }

    /** Called within an extension. */
    void computing(int cache) {}

    void requireIdle() {
        require(caches.isEmpty() && inside.get() == 0, "caches left open: " + caches.keySet());
    }

    void requireClosed() {
        require(closed, "not closed");
    }

    void requireOneThread() {
        require(threads.size() == 1, "threads " + threads);
    }

    private void enter() {
        require(!closed && inside.incrementAndGet() == 1, "two threads at once, or closed");
        threads.add(Thread.currentThread());
    }

    private FakeModel cache(int number) {
        return Objects.requireNonNull(caches.get(number), () -> "cache " + number + " is not open");
    }

    @Override
    public void openCache(int cache, int slots, int capacity) {
        enter();
        FakeModel model = new FakeModel(VOCABULARY, POSITIONS);
        model.openCache(slots, capacity);
        require(caches.put(cache, model) == null, "cache " + cache + " is open already");
        inside.decrementAndGet();
    }

    @Override
    public void closeCache(int cache) {
        enter();
        caches.remove(cache);
        notTaken.remove(cache);
        inside.decrementAndGet();
    }

    @Override
    public long cacheBytes(int slots, int capacity) {
        return 1000L * slots * capacity;
    }

    @Override
    public OptionalLong freeBytes() {
        return OptionalLong.of(100_000_000);
    }

    @Override
    public void extend(int cache, int[] slots, int[] counts, int[] ids) {
        enter();
        try {
            if (++extensions == failAt) {
                throw new IllegalStateException("stage " + depth() + " broke");
            }
            require(!notTaken.contains(cache), "the output for cache " + cache + " would be lost");
            computing(cache);
            cache(cache).extend(slots, counts, ids);
            previous.ifPresent(source -> {
                require(source.notTaken.remove(cache), "there is no output of the previous stage");
                require(source.cache(cache).texts.equals(cache(cache).texts), "other tokens than the previous stage");
            });
            if (!last) {
                notTaken.add(cache);
            }
        } finally {
            inside.decrementAndGet();
        }
    }

    private int depth() {
        return previous.map(source -> 1 + source.depth()).orElse(0);
    }

    @Override
    public void logits(int cache, int[] tokens, FloatBuffer destination) {
        enter();
        require(last, "logits of a stage that is not the last");
        cache(cache).logits(tokens, destination);
        inside.decrementAndGet();
    }

    @Override
    public int[] argmax(int cache, int[] tokens) {
        enter();
        require(last, "argmax of a stage that is not the last");
        int[] ids = cache(cache).argmax(tokens);
        inside.decrementAndGet();
        return ids;
    }

    @Override
    public void truncate(int cache, int slot, int length) {
        enter();
        cache(cache).truncate(slot, length);
        inside.decrementAndGet();
    }

    @Override
    public void reorder(int cache, int[] parents) {
        enter();
        cache(cache).reorder(parents);
        inside.decrementAndGet();
    }

    @Override
    public void close() {
        closed = true;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
