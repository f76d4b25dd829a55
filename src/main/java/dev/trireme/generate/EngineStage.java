package dev.trireme.generate;

import dev.trireme.engine.Memory;
import dev.trireme.engine.Stage;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A stage of the engine, which knows the one before it. */
record EngineStage(Stage stage, Optional<Stage> previous) implements CachedStage {
    static List<CachedStage> chain(List<Stage> stages) {
        List<CachedStage> chain = new ArrayList<>();
        Optional<Stage> previous = Optional.empty();
        for (Stage stage : stages) {
            chain.add(new EngineStage(stage, previous));
            previous = Optional.of(stage);
        }
        return chain;
    }

    @Override
    public void openCache(int cache, int rows, int capacity) {
        stage.openCache(cache, rows, capacity);
    }

    @Override
    public void closeCache(int cache) {
        stage.closeCache(cache);
    }

    @Override
    public long cacheBytes(int rows, int capacity) {
        return stage.cacheBytes(rows, capacity);
    }

    @Override
    public OptionalLong freeBytes() {
        return Memory.available(stage.device());
    }

    @Override
    public void extend(int cache, int[] rows, int[] counts, int[] ids) {
        previous.ifPresentOrElse(
                before -> stage.extend(cache, rows, counts, ids, before), () -> stage.extend(cache, rows, counts, ids));
    }

    @Override
    public void logits(int cache, int[] tokens, FloatBuffer destination) {
        stage.logits(cache, tokens, destination);
    }

    @Override
    public int[] likeliest(int cache, int[] tokens) {
        return stage.likeliest(cache, tokens);
    }

    @Override
    public void truncate(int cache, int row, int length) {
        stage.truncate(cache, row, length);
    }

    @Override
    public void reorder(int cache, int[] parents) {
        stage.reorder(cache, parents);
    }

    @Override
    public void close() {
        stage.close();
    }
}
