package dev.trireme.config;

/**
 * The token ids that mean something to the loop around a model; {@link #ABSENT} where there is none.
 *
 * @param beginning starts a text
 * @param end ends a text
 * @param padding fills short rows of a batch
 */
public record SpecialTokens(int beginning, int end, int padding) {
    /** Stands for "no such token". */
    public static final int ABSENT = -1;

    /** A model without special tokens. */
    public static final SpecialTokens NONE = new SpecialTokens(ABSENT, ABSENT, ABSENT);

    /**
     * Checks the ids.
     *
     * @throws IllegalArgumentException for a negative id other than {@link #ABSENT}
     */
    public SpecialTokens {
        if (beginning < ABSENT || end < ABSENT || padding < ABSENT) {
            throw new IllegalArgumentException("special tokens are " + beginning + ", " + end + ", " + padding
                    + "; use ids from 0, or SpecialTokens.ABSENT");
        }
    }
}
