package dev.trireme.report;

import dev.trireme.config.Requirements;
import java.util.Objects;

/**
 * A point of a series.
 *
 * @param x its place: a number, or the index of a name
 * @param y its value
 * @param low least of the repeats; the same as {@code high} where there are none
 * @param high greatest of the repeats
 * @param note shown instead of the series' name; empty for none
 */
public record Point(double x, double y, double low, double high, String note) {
    /**
     * Checks that it can be drawn.
     *
     * @throws IllegalArgumentException when a number is not finite
     */
    public Point {
        Objects.requireNonNull(note, "note");
        for (double number : new double[] {x, y, low, high}) {
            Requirements.that(Double.isFinite(number), "a number of a point", number, "finite ones");
        }
    }

    /**
     * A value without repeats.
     *
     * @param x its place
     * @param y its value
     * @return the point
     */
    public static Point of(double x, double y) {
        return new Point(x, y, y, y, "");
    }

    /**
     * The same with another note.
     *
     * @param words shown instead of the series' name
     * @return the point
     */
    public Point withNote(String words) {
        Objects.requireNonNull(words, "words");
        return new Point(x, y, low, high, words);
    }
}
