package dev.trireme.generate;

import dev.trireme.engine.CacheType;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.KeyValueCache;
import dev.trireme.engine.Memory;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TokenRows;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.OptionalLong;

/** A copy of the model on stages of the engine. */
final class EngineCopy implements ModelCopy {
    private final List<Stage> stages;
    private final CacheType type;
    private final boolean owned;
    private final long weightBytes;
    private List<KeyValueCache> caches = List.of();

    /** @param owned whether closing this closes the stages */
    EngineCopy(List<Stage> stages, CacheType type, boolean owned) {
        this.stages = List.copyOf(stages);
        this.type = type;
        this.owned = owned;
        this.weightBytes = stages.stream().mapToLong(Stage::memoryBytes).sum(); // before there is a cache
    }

    @Override
    public int stages() {
        return stages.size();
    }

    @Override
    public long weightBytes() {
        return weightBytes;
    }

    @Override
    public long blockBytes() {
        return stages.stream().mapToLong(stage -> stage.blockBytes(type)).sum();
    }

    @Override
    public OptionalLong freeBytes() {
        return Memory.available(stages.get(0).device());
    }

    @Override
    public void openCache(int blocks) {
        closeCache();
        caches = KeyValueCache.open(stages, blocks, type);
    }

    @Override
    public void closeCache() {
        caches.forEach(KeyValueCache::close);
        caches = List.of();
    }

    @Override
    public void extend(int stage, int pass, TokenRows rows) {
        caches.get(stage).extend(pass, rows);
    }

    @Override
    public void copy(int stage, int[] from, int[] to) {
        caches.get(stage).copy(from, to);
    }

    @Override
    public Choices choose(int pass, int[] tokens, List<ChoiceRule> rules) {
        return last().choose(pass, tokens, rules);
    }

    @Override
    public void logits(int pass, int[] tokens, FloatBuffer destination) {
        last().logits(pass, tokens, destination);
    }

    @Override
    public void hiddenStates(int pass, int[] tokens, FloatBuffer destination) {
        last().hiddenStates(pass, tokens, destination);
    }

    private KeyValueCache last() {
        return caches.get(caches.size() - 1);
    }

    @Override
    public void close() {
        closeCache();
        if (owned) {
            stages.forEach(Stage::close);
        }
    }
}
