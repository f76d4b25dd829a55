package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.OptionalLong;

/**
 * A model with one key/value cache, as generation uses it. Results of a slot do not depend, to the bit, on other slots
 * or on how its tokens are split into calls.
 */
interface CachedModel {
    int vocabulary();

    int positions();

    /** Allocates empty slots of so many positions each. */
    void openCache(int slots, int capacity);

    void closeCache();

    /** Bytes that {@link #openCache} would allocate. */
    long cacheBytes(int slots, int capacity);

    /** Free memory of the cache's device, if that is known. */
    OptionalLong freeBytes();

    /** Appends tokens to slots, each named at most once: the first counts[0] ids to slots[0], and so on. */
    void extend(int[] slots, int[] counts, int[] ids);

    /** Logits (tokens, vocabulary) at indices into the ids of the last {@link #extend}, from position 0 of a buffer. */
    void logits(int[] tokens, FloatBuffer destination);

    /** The id of the largest logit at each of such indices; of equal logits the smallest id. */
    int[] argmax(int[] tokens);

    /** Drops the positions of a slot from a length on. */
    void truncate(int slot, int length);

    /** Makes each slot a copy of its parent. */
    void reorder(int[] parents);
}
