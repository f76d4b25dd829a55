package dev.trireme.batching;

/**
 * What a scheduler has done, and has to do.
 *
 * @param running jobs
 * @param waiting jobs
 * @param blocks in the pool
 * @param blocksInUse by running jobs
 * @param blocksKept for texts with the same beginning
 * @param iterations so far
 * @param decodedRows texts that got a token by decoding, over all iterations
 * @param prefillTokens that were run besides, computed again ones included
 * @param chunks spans that were a part of what a text had to run
 * @param sharedTokens that did not have to be run, because blocks of another text held them
 * @param sharingJobs that began with such blocks
 * @param preemptions jobs that lost their blocks to an older one
 * @param copiedBlocks that branches shared before
 * @param work tokens that are to be run for all jobs to end, at most
 */
public record BatchCounts(
        int running,
        int waiting,
        int blocks,
        int blocksInUse,
        int blocksKept,
        long iterations,
        long decodedRows,
        long prefillTokens,
        long chunks,
        long sharedTokens,
        long sharingJobs,
        long preemptions,
        long copiedBlocks,
        long work) {}
