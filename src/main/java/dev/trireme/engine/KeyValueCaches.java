package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The key/value caches of a stage, so that generation computes new tokens only. A cache has slots, one for each
 * sequence. Results of a sequence do not depend, to the bit, on the other sequences of a batch or on how it is split
 * into calls of {@link #extend}. Errors are those of {@link Stage}.
 */
public final class KeyValueCaches {
    private static final long WORTH_ASKING_BYTES = 1 << 28; // whether so much memory is free

    private final StageHandle handle;
    private final Device device;
    private final long vocabulary;
    private final Map<Integer, Integer> slotsOf = new HashMap<>(); // of the open caches; only within the handle's calls

    KeyValueCaches(StageHandle handle, Device device, long vocabulary) {
        this.handle = handle;
        this.device = device;
        this.vocabulary = vocabulary;
    }

    /**
     * Allocates a cache whose slots are empty.
     *
     * @param cache a small number that the caller chooses; an open cache of that number is replaced
     * @param slots how many sequences it holds
     * @param capacity most positions of each sequence
     */
    public void open(int cache, int slots, int capacity) {
        long bytes = bytes(slots, capacity);
        if (bytes >= WORTH_ASKING_BYTES) { // the kernel would grant more than there is, and end the process when it is
            // used
            Memory.require("the keys and values of cache " + cache, bytes, Memory.available(device), "use fewer slots");
        }
        handle.run("open cache " + cache, stage -> {
            slotsOf.remove(cache); // C++ drops the old one first
            stage.open_cache(cache, slots, capacity);
            slotsOf.put(cache, slots);
        });
    }

    /**
     * Frees a cache. Without an open cache of that number it does nothing.
     *
     * @param cache its number
     */
    public void close(int cache) {
        handle.run("close cache " + cache, stage -> {
            slotsOf.remove(cache);
            stage.close_cache(cache);
        });
    }

    /**
     * Appends tokens to sequences and runs them through the layers.
     *
     * @param cache its number
     * @param slots of the sequences, each at most once
     * @param counts how many tokens each slot gets, 1 or more
     * @param ids the tokens of the first sequence, then those of the second, and so on
     */
    public void extend(int cache, int[] slots, int[] counts, int[] ids) {
        NullChecks.require("slots", slots, "counts", counts, "ids", ids);
        requireFit(slots, counts, ids);
        handle.run("extend cache " + cache, stage -> stage.extend(cache, slots.length, slots, counts, ids));
    }

    /**
     * {@link #extend(int, int[], int[], int[])} on a stage without the embedding.
     *
     * @param cache its number
     * @param slots as on the previous stage
     * @param counts as on the previous stage
     * @param ids as on the previous stage
     * @param previous caches of the previous stage, which have extended the same cache by the same tokens
     */
    public void extend(int cache, int[] slots, int[] counts, int[] ids, KeyValueCaches previous) {
        NullChecks.require("slots", slots, "counts", counts, "ids", ids, "previous", previous);
        requireFit(slots, counts, ids);
        handle.run(
                "extend cache " + cache,
                stage -> previous.handle.lend(
                        "give what extended cache " + cache,
                        source -> stage.extend(cache, slots.length, slots, counts, ids, source)));
    }

    /**
     * Logits of chosen tokens of the last {@link #extend}.
     *
     * @param cache its number
     * @param tokens indices into its ids
     * @param logits filled from position 0 with float32 (tokens, vocabulary), row by row; direct, in native order
     */
    public void logits(int cache, int[] tokens, FloatBuffer logits) {
        NullChecks.require("tokens", tokens, "logits", logits);
        long count = tokens.length * vocabulary;
        if (!logits.isDirect() || logits.isReadOnly() || !isNative(logits) || logits.capacity() < count) {
            throw new IllegalArgumentException(logits + " has no room for " + count
                    + " logits that C++ writes; give a direct buffer in native order of that many floats");
        }
        handle.run(
                "logits of cache " + cache,
                stage -> stage.logits(
                        cache,
                        IntBuffer.wrap(tokens),
                        tokens.length,
                        logits.duplicate().clear()));
    }

    /**
     * The token with the largest logit after chosen tokens of the last {@link #extend}.
     *
     * @param cache its number
     * @param tokens indices into its ids
     * @return an id for each; of equal logits the smallest id
     */
    public int[] argmax(int cache, int[] tokens) {
        Objects.requireNonNull(tokens, "tokens");
        int[] ids = new int[tokens.length];
        handle.run("argmax of cache " + cache, stage -> stage.argmax(cache, tokens, tokens.length, ids));
        return ids;
    }

    /**
     * Drops the end of a sequence.
     *
     * @param cache its number
     * @param slot of the sequence
     * @param length positions that stay
     */
    public void truncate(int cache, int slot, int length) {
        handle.run("truncate cache " + cache, stage -> stage.truncate(cache, slot, length));
    }

    /**
     * Makes every slot a copy of a slot as it was before, as beam search needs it.
     *
     * @param cache its number
     * @param parents for each slot of the cache, the slot that it copies
     */
    public void reorder(int cache, int[] parents) {
        Objects.requireNonNull(parents, "parents");
        handle.run("reorder cache " + cache, stage -> {
            if (parents.length != slotsOf.getOrDefault(cache, parents.length)) {
                throw new IllegalArgumentException(handle + ", reorder cache " + cache + ": " + parents.length
                        + " parents do not fit its " + slotsOf.get(cache) + " slots; give one for each");
            }
            stage.reorder(cache, parents);
        });
    }

    /**
     * The memory that {@link #open} would allocate.
     *
     * @param slots how many sequences it holds
     * @param capacity most positions of each sequence
     * @return bytes on this stage
     */
    public long bytes(int slots, int capacity) {
        return handle.call("cache bytes", stage -> stage.cache_bytes(slots, capacity));
    }

    private static boolean isNative(FloatBuffer buffer) {
        return buffer.order().equals(ByteOrder.nativeOrder());
    }

    private static void requireFit(int[] slots, int[] counts, int[] ids) {
        long tokens = IntStream.of(counts).asLongStream().sum();
        if (slots.length != counts.length || tokens != ids.length) {
            throw new IllegalArgumentException(
                    slots.length + " slots, " + counts.length + " counts that come to " + tokens + " and " + ids.length
                            + " ids do not fit; give a count for each slot, and as many ids as they say");
        }
    }
}
