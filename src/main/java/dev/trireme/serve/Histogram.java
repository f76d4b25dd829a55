package dev.trireme.serve;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How many times were how long. Any thread may call. */
final class Histogram {
    private static final double[] BOUNDS = { // seconds, the upper end of each bucket but the last
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250
    };
    private static final double NANOS = 1e9;

    private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.length + 1);
    private final LongAdder nanos = new LongAdder();

    void add(long time) {
        int bucket = 0;
        while (bucket < BOUNDS.length && time / NANOS > BOUNDS[bucket]) {
            bucket++;
        }
        counts.incrementAndGet(bucket);
        nanos.add(time);
    }

    /** What a page is told of a bucket. */
    interface Buckets {
        /**
         * A bucket; in order.
         *
         * @param bound its upper end in seconds
         * @param count of times up to it, those of earlier buckets included
         */
        void bucket(double bound, long count);
    }

    /** Returns how many times there are. */
    long read(Buckets buckets) {
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += counts.get(i);
            buckets.bucket(i < BOUNDS.length ? BOUNDS[i] : Double.POSITIVE_INFINITY, count);
        }
        return count;
    }

    /** In seconds. */
    double sum() {
        return nanos.sum() / NANOS;
    }
}
