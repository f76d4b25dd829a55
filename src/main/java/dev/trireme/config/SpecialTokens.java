package dev.trireme.config;

import java.util.List;
import java.util.Objects;

/**
 * The token ids that mean something to the loop around a model.
 *
 * @param beginning starts a text; {@link #ABSENT} where there is none
 * @param ends each of them ends a text; most models have one, some none
 * @param padding fills short rows of a batch; {@link #ABSENT} where there is none
 */
public record SpecialTokens(int beginning, List<Integer> ends, int padding) {
    /** Stands for "no such token". */
    public static final int ABSENT = -1;

    /** A model without special tokens. */
    public static final SpecialTokens NONE = new SpecialTokens(ABSENT, List.of(), ABSENT);

    /**
     * Checks the ids, and keeps the first of equal ends.
     *
     * @throws IllegalArgumentException for a negative id other than {@link #ABSENT}
     */
    public SpecialTokens {
        Objects.requireNonNull(ends, "ends");
        ends = ends.stream().distinct().toList();
        if (beginning < ABSENT || padding < ABSENT || ends.stream().anyMatch(end -> end < 0)) {
            throw new IllegalArgumentException("special tokens are " + beginning + ", " + ends + ", " + padding
                    + "; use ids from 0, or SpecialTokens.ABSENT");
        }
    }

    /**
     * Tokens of a model with at most one end.
     *
     * @param beginning starts a text, or {@link #ABSENT}
     * @param end ends a text, or {@link #ABSENT}
     * @param padding fills short rows of a batch, or {@link #ABSENT}
     * @throws IllegalArgumentException for a negative id other than {@link #ABSENT}
     */
    public SpecialTokens(int beginning, int end, int padding) {
        this(beginning, end == ABSENT ? List.of() : List.of(end), padding);
    }

    /**
     * The end that a text is closed with where one is written.
     *
     * @return the first of {@link #ends}, or {@link #ABSENT}
     */
    public int end() {
        return ends.isEmpty() ? ABSENT : ends.get(0);
    }
}
