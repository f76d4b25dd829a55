package dev.trireme.generate;

import dev.trireme.batching.BatchLimits;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * How an engine runs. None of it changes an answer, but the types of weights and cache.
 *
 * @param layout copies, stages and groups
 * @param weights their type
 * @param cacheType type of keys and values
 * @param cacheBytes memory of a copy's keys and values, which is taken as it is used; 0 for a quarter of the free memory,
 *     shared by the copies, or for as many rows of full length, if that is less
 * @param rows most texts that are decoded at once
 * @param tokens most of an iteration: decoding first, then chunks of prompts
 * @param chunk most tokens of a prompt in an iteration
 * @param queue most requests that wait
 * @param sharing whether texts with equal beginnings share blocks of the cache
 * @param adapters folders of low-rank updates, by the names that requests call them
 */
public record EngineConfig(
        GenerationLayout layout,
        Weights weights,
        CacheType cacheType,
        long cacheBytes,
        int rows,
        int tokens,
        int chunk,
        int queue,
        boolean sharing,
        Map<String, Path> adapters) {
    /** Most rows: enough for full matrix products, few enough that logits (rows, V) stay small. */
    static final int ROWS = 64;

    private static final int TOKENS = 320;
    private static final int CHUNK = 256;
    private static final int QUEUE = 1024;
    private static final int ROWS_OF_UNKNOWN_MEMORY = 16;
    private static final int SHARE_OF_FREE_MEMORY = 4;

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public EngineConfig {
        NullChecks.require("layout", layout, "weights", weights, "cacheType", cacheType, "adapters", adapters);
        Requirements.within("cacheBytes", cacheBytes, 0, Long.MAX_VALUE);
        Requirements.within("rows", rows, 1, 4096);
        Requirements.within("tokens", tokens, rows + 1, 1 << 16);
        Requirements.within("chunk", chunk, 1, 1 << 16);
        Requirements.within("queue", queue, 1, Integer.MAX_VALUE);
        if (adapters.keySet().stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("an adapter's name is blank; give it one");
        }
        adapters = Map.copyOf(adapters);
    }

    /**
     * The usual settings.
     *
     * @param layout copies, stages and groups
     * @param weights their type
     * @return 64 texts at once, chunks of 256 tokens, a queue of 1,024 requests, blocks shared
     */
    public static EngineConfig of(GenerationLayout layout, Weights weights) {
        return new EngineConfig(layout, weights, CacheType.FLOAT32, 0, ROWS, TOKENS, CHUNK, QUEUE, true, Map.of());
    }

    /**
     * These with another cache.
     *
     * @param type of {@link #cacheType}
     * @param bytes of {@link #cacheBytes}
     * @return the changed copy
     */
    public EngineConfig withCache(CacheType type, long bytes) {
        Objects.requireNonNull(type, "type");
        return new EngineConfig(layout, weights, type, bytes, rows, tokens, chunk, queue, sharing, adapters);
    }

    /**
     * These with other sizes of iterations.
     *
     * @param rowsAtOnce of {@link #rows}
     * @param tokensAtOnce of {@link #tokens}
     * @param chunkOfPrompt of {@link #chunk}
     * @return the changed copy
     */
    public EngineConfig withBatch(int rowsAtOnce, int tokensAtOnce, int chunkOfPrompt) {
        return new EngineConfig(
                layout,
                weights,
                cacheType,
                cacheBytes,
                rowsAtOnce,
                tokensAtOnce,
                chunkOfPrompt,
                queue,
                sharing,
                adapters);
    }

    /**
     * These with another queue.
     *
     * @param value of {@link #queue}
     * @return the changed copy
     */
    public EngineConfig withQueue(int value) {
        return new EngineConfig(layout, weights, cacheType, cacheBytes, rows, tokens, chunk, value, sharing, adapters);
    }

    /**
     * These with or without shared blocks.
     *
     * @param value of {@link #sharing}
     * @return the changed copy
     */
    public EngineConfig withSharing(boolean value) {
        return new EngineConfig(layout, weights, cacheType, cacheBytes, rows, tokens, chunk, queue, value, adapters);
    }

    /**
     * These with adapters.
     *
     * @param value of {@link #adapters}
     * @return the changed copy
     */
    public EngineConfig withAdapters(Map<String, Path> value) {
        Objects.requireNonNull(value, "value");
        return new EngineConfig(layout, weights, cacheType, cacheBytes, rows, tokens, chunk, queue, sharing, value);
    }

    /** What runs at once on a copy of a model. */
    BatchLimits limits(ModelCopy copy, ModelConfig model) {
        int groups = copy.stages() == 1 ? 1 : layout.groups();
        return new BatchLimits(blocks(copy, model), rows, tokens, chunk, groups, sharing);
    }

    private int blocks(ModelCopy copy, ModelConfig model) {
        long bytes = copy.blockBytes();
        if (cacheBytes > 0) {
            long blocks = cacheBytes / bytes;
            if (blocks == 0) {
                throw new IllegalArgumentException("a cache of " + cacheBytes + " bytes holds no block of "
                        + BatchLimits.POSITIONS + " positions, which takes " + bytes + "; give it more memory");
            }
            return (int) Math.min(blocks, Integer.MAX_VALUE);
        }
        long ofRow = BatchLimits.blocksFor(model.positions());
        OptionalLong free = copy.freeBytes();
        long most = free.isPresent()
                ? Math.min(rows * ofRow, free.getAsLong() / SHARE_OF_FREE_MEMORY / layout.worldSize() / bytes)
                : Math.max(rows, Math.min(rows, ROWS_OF_UNKNOWN_MEMORY) * ofRow);
        return (int) Math.max(1, Math.min(most, Integer.MAX_VALUE));
    }
}
