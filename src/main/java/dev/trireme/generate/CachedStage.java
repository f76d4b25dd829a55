package dev.trireme.generate;

import java.nio.FloatBuffer;
import java.util.OptionalLong;

/** A stage of a model, as generation uses it; see {@link dev.trireme.engine.Stage}. One thread at a time may call. */
interface CachedStage extends AutoCloseable {
    /** Must not be called while the next stage computes. */
    void openCache(int cache, int slots, int capacity);

    /** Must not be called while the next stage computes. */
    void closeCache(int cache);

    long cacheBytes(int slots, int capacity);

    OptionalLong freeBytes();

    /** Must follow the same call on the previous stage, which must not have extended this cache since. */
    void extend(int cache, int[] slots, int[] counts, int[] ids);

    /** Only on the last stage. */
    void logits(int cache, int[] tokens, FloatBuffer destination);

    /** Only on the last stage. */
    int[] argmax(int cache, int[] tokens);

    void truncate(int cache, int slot, int length);

    void reorder(int cache, int[] parents);

    @Override
    void close();
}
