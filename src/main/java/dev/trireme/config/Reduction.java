package dev.trireme.config;

import java.util.Locale;

/** How gradients are averaged among replicas. */
public enum Reduction {
    /** One all-reduce per parameter after backward: the plain reference. */
    PER_PARAMETER,
    /** One all-reduce per bucket after backward. */
    BUCKETS,
    /** One all-reduce per bucket, started as soon as the bucket's gradients are complete. */
    OVERLAPPED,
    /** Every rank gathers all gradients after backward and sums them along a binary tree: the same bits in every layout. */
    TREE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
