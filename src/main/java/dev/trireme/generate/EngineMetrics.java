package dev.trireme.generate;

import dev.trireme.batching.BatchCounts;
import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * What an engine has done so far, and does now.
 *
 * @param copies of the model, each with what its scheduler counts
 * @param answered requests that ended well
 * @param failed requests that did not, cancelled ones included
 * @param generatedTokens of all texts
 * @param firstTokenNanos times to the first token of the last requests
 * @param betweenTokensNanos times between tokens of the last requests
 */
public record EngineMetrics(
        List<Copy> copies,
        long answered,
        long failed,
        long generatedTokens,
        Percentiles firstTokenNanos,
        Percentiles betweenTokensNanos) {
    /** Keeps an unmodifiable copy. */
    public EngineMetrics {
        NullChecks.require(
                "copies", copies, "firstTokenNanos", firstTokenNanos, "betweenTokensNanos", betweenTokensNanos);
        copies = List.copyOf(copies);
    }

    /**
     * A copy of the model.
     *
     * @param alive whether it still takes requests
     * @param counts of its scheduler
     * @param activeNanos during which it had something to run
     * @param idleNanos of these, during which each stage had not
     * @param weightBytes that each iteration reads
     */
    public record Copy(boolean alive, BatchCounts counts, long activeNanos, List<Long> idleNanos, long weightBytes) {
        /** Keeps an unmodifiable copy. */
        public Copy {
            NullChecks.require("counts", counts, "idleNanos", idleNanos);
            idleNanos = List.copyOf(idleNanos);
        }
    }

    /**
     * Jobs of all copies that run or wait.
     *
     * @return their number
     */
    public int requests() {
        return copies.stream()
                .mapToInt(copy -> copy.counts.running() + copy.counts.waiting())
                .sum();
    }

    /**
     * Blocks of all copies that running jobs use.
     *
     * @return their number
     */
    public int blocksInUse() {
        return copies.stream().mapToInt(copy -> copy.counts.blocksInUse()).sum();
    }
}
