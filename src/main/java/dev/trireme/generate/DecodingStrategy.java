package dev.trireme.generate;

import java.util.List;

/** A way to grow texts. */
interface DecodingStrategy {
    /**
     * Grows all texts until they are done.
     *
     * @param texts not done, as many as the rows of the cache have room for
     */
    void decode(List<Sequence> texts, CacheSlots slots, Stopwatch watch);
}
