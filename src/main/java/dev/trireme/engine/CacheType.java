package dev.trireme.engine;

/** The type of cached keys and values. */
public enum CacheType {
    /** As they are computed. */
    FLOAT32,
    /** Rounded to nearest when they are stored, which halves the cache. */
    BFLOAT16
}
