package dev.trireme.cli;

import dev.trireme.batching.BatchCounts;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.generate.EngineMetrics;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** How an engine ran a load: the difference of what it counted before and after. */
record ServingIterations(
        long iterations, long decodedRows, long sharedTokens, long preemptions, int blocks, List<Double> idleShares) {
    static ServingIterations between(EngineMetrics before, EngineMetrics after) {
        return new ServingIterations(
                difference(before, after, BatchCounts::iterations),
                difference(before, after, BatchCounts::decodedRows),
                difference(before, after, BatchCounts::sharedTokens),
                difference(before, after, BatchCounts::preemptions),
                (int) after.copies().stream()
                        .mapToLong(copy ->
                                copy.counts().blocksInUse() + copy.counts().blocksKept())
                        .sum(),
                idle(before.copies().get(0), after.copies().get(0)));
    }

    private static long difference(EngineMetrics before, EngineMetrics after, ToLongFunction<BatchCounts> count) {
        return sum(after, count) - sum(before, count);
    }

    private static long sum(EngineMetrics metrics, ToLongFunction<BatchCounts> count) {
        return metrics.copies().stream()
                .mapToLong(copy -> count.applyAsLong(copy.counts()))
                .sum();
    }

    /** Of each stage of the first copy, while it had something to run. */
    private static List<Double> idle(EngineMetrics.Copy before, EngineMetrics.Copy after) {
        double active = after.activeNanos() - before.activeNanos();
        return IntStream.range(0, after.idleNanos().size())
                .mapToObj(stage ->
                        (after.idleNanos().get(stage) - before.idleNanos().get(stage)) / Math.max(1, active))
                .toList();
    }

    private double rowsPerIteration() {
        return (double) decodedRows / Math.max(1, iterations);
    }

    void put(JsonLine line) {
        line.put("iterations", iterations)
                .put("rows_per_iteration", rowsPerIteration())
                .put("shared_tokens", sharedTokens)
                .put("preemptions", preemptions)
                .put("blocks", blocks)
                .put("idle_shares", idleShares);
    }

    @Override
    public String toString() {
        String idle = idleShares.stream()
                .map(share -> String.format(Locale.ROOT, "%.1f %%", 100 * share))
                .collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%d iterations of %.1f decoding texts; %d prompt tokens shared, %d preemptions; stages idle %s",
                iterations,
                rowsPerIteration(),
                sharedTokens,
                preemptions,
                idle);
    }
}
