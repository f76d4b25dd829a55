package dev.trireme.config;

import java.util.List;
import java.util.Objects;

/**
 * Ids of the special tokens that generation and batching need.
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
     * Checks the ids, and drops repeated ends.
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
     * The end token that is appended to a training text.
     *
     * @return the first of {@link #ends}, or {@link #ABSENT}
     */
    public int end() {
        return ends.isEmpty() ? ABSENT : ends.get(0);
    }
}
