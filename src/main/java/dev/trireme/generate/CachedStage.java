package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.OptionalLong;

/** What generation asks of a stage of a model; see {@link dev.trireme.engine.Stage}. One thread at a time. */
interface CachedStage extends AutoCloseable {
    /** Not while the next stage computes. */
    void openCache(int cache, int slots, int capacity);

    /** Not while the next stage computes. */
    void closeCache(int cache);

    long cacheBytes(int slots, int capacity);

    OptionalLong freeBytes();

    /** After the same call on the previous stage, which has extended this cache no further since. */
    void extend(int cache, int[] slots, int[] counts, int[] ids);

    /** On the last stage only. */
    void logits(int cache, int[] tokens, FloatBuffer destination);

    /** On the last stage only. */
    int[] argmax(int cache, int[] tokens);

    void truncate(int cache, int slot, int length);

    void reorder(int cache, int[] parents);

    @Override
    void close();
}
