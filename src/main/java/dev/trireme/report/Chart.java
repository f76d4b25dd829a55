package dev.trireme.report;

import dev.trireme.config.NullChecks;
import java.util.List;

/**
 * A chart.
 *
 * @param title what is to be seen
 * @param x horizontal axis
 * @param y vertical axis
 * @param series what is drawn, in the order of the legend
 */
public record Chart(String title, Axis x, Axis y, List<Series> series) implements Block {
    /**
     * Keeps a copy of the list.
     *
     * @throws IllegalArgumentException when a logarithmic axis has a number that is not above zero
     */
    public Chart {
        NullChecks.require("title", title, "x", x, "y", y, "series", series);
        series = List.copyOf(series);
        for (Series each : series) {
            for (Point point : each.points()) {
                requirePlace(title, x, point.x());
                requirePlace(title, y, point.y());
            }
        }
    }

    private static void requirePlace(String title, Axis axis, double number) {
        boolean isLogarithmic = axis.scale() == Scale.LOG2 || axis.scale() == Scale.LOG10;
        if (isLogarithmic && !(number > 0)) {
            throw new IllegalArgumentException("chart " + title + " has " + axis.label() + " " + number
                    + " on a logarithmic axis; use numbers above 0 or another scale");
        }
    }
}
