package dev.trireme.report;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.List;

/**
 * Points that belong together.
 *
 * @param name in the legend
 * @param mark how they are drawn
 * @param colour number of its colour, 0 to 7; two that differ in something else may share one
 * @param points in any order
 */
public record Series(String name, Mark mark, int colour, List<Point> points) {
    /** How points are drawn. */
    public enum Mark {
        /** Joined, from left to right. */
        LINE,
        /** Joined by dashes: a prediction, or the same without something. */
        DASHED,
        /** Each alone. */
        POINTS,
        /** Bars, beside those of other series. */
        BARS,
        /** Bars, on top of those of series before. */
        STACKED
    }

    /** Keeps a copy of the list. */
    public Series {
        NullChecks.require("name", name, "mark", mark, "points", points);
        Requirements.within("colour", colour, 0, 7);
        points = List.copyOf(points);
    }
}
