package dev.trireme.batching;

import dev.trireme.config.Requirements;

/**
 * The most that runs at once.
 *
 * @param blocks of {@link #POSITIONS} positions in the pool
 * @param rows texts that decode in an iteration, and branches of all running jobs
 * @param tokens of an iteration: decoding first, then chunks of prompts
 * @param chunk tokens of a prompt in an iteration
 * @param groups that the decoding texts are split into, each an iteration of its own; with more than one, one more than
 *     that is in flight
 * @param sharing whether equal beginnings of texts share blocks
 */
public record BatchLimits(int blocks, int rows, int tokens, int chunk, int groups, boolean sharing) {
    /** Positions of a block. */
    public static final int POSITIONS = BlockPool.POSITIONS;

    /** Checks every number. */
    public BatchLimits {
        Requirements.within("blocks", blocks, 1, Integer.MAX_VALUE);
        Requirements.within("rows", rows, 1, 1 << 16);
        Requirements.within("tokens", tokens, rows + 1, 1 << 20);
        Requirements.within("chunk", chunk, 1, 1 << 20);
        Requirements.within("groups", groups, 1, 1024);
    }

    int iterationsInFlight() {
        return groups == 1 ? 1 : groups + 1;
    }

    /**
     * The blocks that a text takes.
     *
     * @param positions of the text
     * @return rounded up
     */
    public static int blocksFor(int positions) {
        return BlockPool.blocksFor(positions);
    }
}
