package dev.trireme.bench;

import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/** What a load is put on. */
public interface ServingTarget {
    /**
     * Starts a request. Returns at once.
     *
     * @param prompt ids
     * @param newTokens how many to append, whatever they are
     * @param onToken told of each token as it comes, or of several that come at once, by {@link System#nanoTime}
     * @return completed when the request is done, with the number of tokens that were appended
     */
    CompletableFuture<Integer> start(int[] prompt, int newTokens, LongConsumer onToken);

    /**
     * The number of token ids that prompts may hold.
     *
     * @return below which all ids are
     */
    int vocabulary();
}
