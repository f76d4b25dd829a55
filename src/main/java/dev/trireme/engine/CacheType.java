package dev.trireme.engine;

/** The type of cached keys and values. */
public enum CacheType {
    /** As they are computed. */
    FLOAT32,
    /**
     * Rounded to nearest when they are stored, which halves the cache. With SmolLM2-135M, on 6,138 tokens of English, it
     * changed log-probabilities by 0.007 on average, by 0.05 or more for one token in a hundred, and their mean from
     * -3.0140 to -3.0141.
     */
    BFLOAT16
}
