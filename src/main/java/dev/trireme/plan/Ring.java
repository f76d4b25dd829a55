package dev.trireme.plan;

/** An all-reduce around a ring: every rank sends a part of the sum in R − 1 steps, and the sums in R − 1 more. */
final class Ring {
    private Ring() {}

    /** What each of some ranks sends to sum so many bytes: 2 (R − 1) / R of them. */
    static double volume(int ranks, double bytes) {
        return 2.0 * (ranks - 1) / ranks * bytes;
    }

    /** The time of summing so many bytes in equal buckets, each of which goes around. */
    static double seconds(int ranks, double bytes, double buckets, Link link) {
        return buckets * 2 * (ranks - 1) * link.latencySeconds().value()
                + volume(ranks, bytes) / link.bytesPerSecond().value();
    }
}
