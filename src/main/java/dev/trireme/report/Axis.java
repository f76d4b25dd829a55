package dev.trireme.report;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * An axis of a chart.
 *
 * @param label what it measures
 * @param unit of its numbers; empty for none
 * @param scale how numbers are mapped
 * @param names of the places 0, 1, 2 and so on; empty for an axis of numbers
 */
public record Axis(String label, String unit, Scale scale, List<String> names) {
    /** Keeps a copy of the list. */
    public Axis {
        NullChecks.require("label", label, "unit", unit, "scale", scale, "names", names);
        names = List.copyOf(names);
    }

    /**
     * An axis of numbers.
     *
     * @param label what it measures
     * @param unit of its numbers; empty for none
     * @param scale how they are mapped
     * @return the axis
     */
    public static Axis of(String label, String unit, Scale scale) {
        NullChecks.require("label", label, "unit", unit, "scale", scale);
        return new Axis(label, unit, scale, List.of());
    }

    /**
     * An axis of names.
     *
     * @param label what they are
     * @param names one a place
     * @return the axis
     */
    public static Axis named(String label, List<String> names) {
        NullChecks.require("label", label, "names", names);
        return new Axis(label, "", Scale.FITTED, names);
    }
}
