package dev.trireme.generate;

import java.util.List;

/** A decoding strategy: how the tokens of a group of sequences are chosen. */
interface DecodingStrategy {
    /**
     * Decodes all sequences to their end.
     *
     * @param texts unfinished sequences, no more than fit the slots
     */
    void decode(List<Sequence> texts, CacheSlots slots, Stopwatch watch);
}
