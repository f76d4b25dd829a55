package dev.trireme.generate;

/** Allows or forbids tokens step by step, for example by a grammar. Called on a thread of the engine, so it should be quick. */
@FunctionalInterface
public interface TokenMasks {
    /**
     * The tokens that may come next.
     *
     * @param choice number of the text among those of the request, from 0
     * @param generated its new tokens so far
     * @return words for the whole vocabulary, where bit i % 64 of word i / 64 allows id i; empty to allow all
     */
    long[] allowed(int choice, int[] generated);
}
