package dev.trireme.report;

/** How an axis maps numbers to places. */
public enum Scale {
    /** Evenly, from zero, so that lengths can be compared. */
    FROM_ZERO,
    /** Evenly, over what the numbers span. */
    FITTED,
    /** By powers of two; numbers are above zero. */
    LOG2,
    /** By powers of ten; numbers are above zero. */
    LOG10
}
