package dev.trireme.generate;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.Memory;
import dev.trireme.engine.Stage;
import java.nio.FloatBuffer;
import java.util.OptionalLong;

/** A model of one stage with all layers. */
record StageModel(Stage stage, ModelConfig config) implements CachedModel {
    private static final int CACHE = 0;

    @Override
    public int vocabulary() {
        return config.vocabulary();
    }

    @Override
    public int positions() {
        return config.positions();
    }

    @Override
    public void openCache(int rows, int capacity) {
        stage.openCache(CACHE, rows, capacity);
    }

    @Override
    public void closeCache() {
        stage.closeCache(CACHE);
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
    public void extend(int[] rows, int[] counts, int[] ids) {
        stage.extend(CACHE, rows, counts, ids);
    }

    @Override
    public void logits(int[] tokens, FloatBuffer destination) {
        stage.logits(CACHE, tokens, destination);
    }

    @Override
    public int[] likeliest(int[] tokens) {
        return stage.likeliest(CACHE, tokens);
    }

    @Override
    public void truncate(int row, int length) {
        stage.truncate(CACHE, row, length);
    }

    @Override
    public void reorder(int[] parents) {
        stage.reorder(CACHE, parents);
    }

    @Override
    public void close() {
        stage.close();
    }
}
