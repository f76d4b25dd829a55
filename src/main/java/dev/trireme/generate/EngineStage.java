package dev.trireme.generate;

import dev.trireme.engine.Memory;
import dev.trireme.engine.Stage;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stage of the engine with its previous stage.
 *
 * @param owned whether the model that uses it closes it
 */
record EngineStage(Stage stage, Optional<Stage> previous, boolean owned) implements CachedStage {
    static List<CachedStage> chain(List<Stage> stages, boolean owned) {
        List<CachedStage> chain = new ArrayList<>();
        Optional<Stage> previous = Optional.empty();
        for (Stage stage : stages) {
            chain.add(new EngineStage(stage, previous, owned));
            previous = Optional.of(stage);
        }
        return chain;
    }

    @Override
    public void openCache(int cache, int slots, int capacity) {
        stage.caches().open(cache, slots, capacity);
    }

    @Override
    public void closeCache(int cache) {
        stage.caches().close(cache);
    }

    @Override
    public long cacheBytes(int slots, int capacity) {
        return stage.caches().bytes(slots, capacity);
    }

    @Override
    public OptionalLong freeBytes() {
        return Memory.available(stage.device());
    }

    @Override
    public void extend(int cache, int[] slots, int[] counts, int[] ids) {
        previous.ifPresentOrElse(
                source -> stage.caches().extend(cache, slots, counts, ids, source.caches()),
                () -> stage.caches().extend(cache, slots, counts, ids));
    }

    @Override
    public void logits(int cache, int[] tokens, FloatBuffer destination) {
        stage.caches().logits(cache, tokens, destination);
    }

    @Override
    public int[] argmax(int cache, int[] tokens) {
        return stage.caches().argmax(cache, tokens);
    }

    @Override
    public void truncate(int cache, int slot, int length) {
        stage.caches().truncate(cache, slot, length);
    }

    @Override
    public void reorder(int cache, int[] parents) {
        stage.caches().reorder(cache, parents);
    }

    @Override
    public void close() {
        if (owned) {
            stage.close();
        }
    }
}
