package dev.trireme.generate;

import java.util.Arrays;

/** The last of some times. Any thread may call. */
final class RecentTimes {
    private final long[] nanos = new long[4096];
    private long added;

    synchronized void add(long time) {
        nanos[(int) (added++ % nanos.length)] = time;
    }

    synchronized Percentiles percentiles() {
        return Percentiles.of(Arrays.copyOf(nanos, (int) Math.min(added, nanos.length)));
    }
}
