package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.OptionalLong;

/**
 * What generation asks of a model: one cache of keys and values at a time, and what comes next. Every number depends on
 * its own slot alone, bit for bit, however slots are batched and cut into calls.
 */
interface CachedModel {
    int vocabulary();

    int positions();

    /** Makes room for slots, all empty, that each may reach so many positions. */
    void openCache(int slots, int capacity);

    void closeCache();

    /** What {@link #openCache} would take. */
    long cacheBytes(int slots, int capacity);

    /** What is left where the cache would be, if that is known. */
    OptionalLong freeBytes();

    /** Appends tokens to slots, each named at most once: the first counts[0] ids to slots[0], and so on. */
    void extend(int[] slots, int[] counts, int[] ids);

    /** Logits (tokens, vocabulary) at indices into the ids of the last {@link #extend}, from position 0 of a buffer. */
    void logits(int[] tokens, FloatBuffer destination);

    /** The id of the largest logit at each of such indices, of equal ones the smallest. */
    int[] argmax(int[] tokens);

    /** Forgets what a slot holds from a length on. */
    void truncate(int slot, int length);

    /** Each slot becomes what its parent was. */
    void reorder(int[] parents);
}
