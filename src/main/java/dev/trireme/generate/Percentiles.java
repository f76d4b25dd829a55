package dev.trireme.generate;

import java.util.Arrays;

/**
 * The middle and the end of a distribution of times.
 *
 * @param count of times
 * @param p50 that half of them are below
 * @param p95 that 95 of 100 are below
 * @param p99 that 99 of 100 are below
 */
public record Percentiles(int count, long p50, long p95, long p99) {
    /**
     * The percentiles of some times.
     *
     * @param nanos in any order
     * @return zeros without any
     */
    public static Percentiles of(long... nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return new Percentiles(sorted.length, at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99));
    }

    private static long at(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    }
}
