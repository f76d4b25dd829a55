package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;

/**
 * A number about a machine, and who says so.
 *
 * @param value in the unit that its name states; 0 or more
 * @param source a data sheet with its page, a measurement with its date, or the word "assumed" with the reason
 */
public record Figure(double value, String source) {
    /**
     * Checks both.
     *
     * @throws IllegalArgumentException when the value is negative or not finite, or nobody vouches for it
     */
    public Figure {
        NullChecks.require("source", source);
        Requirements.that(value >= 0 && value < Double.POSITIVE_INFINITY, "value", value, "a number of 0 or more");
        Requirements.that(!source.isBlank(), "source of the figure " + value, "empty", "who states the figure");
    }
}
