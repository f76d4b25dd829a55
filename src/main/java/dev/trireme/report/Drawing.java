package dev.trireme.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.trireme.config.NullChecks;

/**
 * A drawing, such as a timeline.
 *
 * @param title what is to be seen
 * @param svg a whole SVG file of our own making: it stands in the page as it is
 */
public record Drawing(String title, @JsonIgnore String svg) implements Block {
    /** Checks that no component is null. */
    public Drawing {
        NullChecks.require("title", title, "svg", svg);
    }
}
