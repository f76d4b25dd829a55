package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Timelines as a Gantt chart: the simulation above the measurement, on one time axis.
 *
 * <pre>
 *   title                                   forward ▇  backward ▇  weights ▇
 *   in theory: 6.00 ms, bubble 27.3 %
 *   device 0  │0│1│    │ 0 │ 1 │
 *   device 1    │0│ 0 │1│ 1 │
 *   measured: 6.40 ms, bubble 30.1 %
 *   device 0  │0│1│     │ 0 │ 1 │
 *   device 1    │0│ 0 │ 1│ 1 │
 *             0        2        4        6 ms
 * </pre>
 *
 * <p>Boxes carry the number of the micro-batch and say more when pointed at; chunks beyond a device's first are paler.
 */
public final class TimelineSvg {
    private static final int LEFT = 90;
    private static final int PLOT_WIDTH = 1090;
    private static final int WIDTH = LEFT + PLOT_WIDTH + 40;
    private static final int ROW = 26;
    private static final int BOX = 22;
    private static final int HEAD = 40;
    private static final int TICKS = 10;

    private final double nanosPerPixel;
    private final StringBuilder svg = new StringBuilder();
    private int top = HEAD;

    private TimelineSvg(long nanos) {
        nanosPerPixel = Math.max(1, nanos) / (double) PLOT_WIDTH;
    }

    /**
     * Draws two timelines.
     *
     * @param title what ran; any text
     * @param theory the schedule simulated with measured costs, so that the two can be compared
     * @param measured what ran
     * @return an SVG document
     */
    public static String draw(String title, Timeline theory, Timeline measured) {
        NullChecks.require("title", title, "theory", theory, "measured", measured);
        Map<String, Timeline> panels = new LinkedHashMap<>();
        panels.put("in theory", theory);
        panels.put("measured", measured);
        return draw(title, panels);
    }

    /**
     * Draws any number of timelines, one below the other.
     *
     * @param title what ran; any text
     * @param panels timelines by their names, in the order of the map
     * @return an SVG document
     */
    public static String draw(String title, Map<String, Timeline> panels) {
        NullChecks.require("title", title, "panels", panels);
        TimelineSvg chart = new TimelineSvg(panels.values().stream()
                .mapToLong(Timeline::makespanNanos)
                .max()
                .orElse(0));
        chart.legend(title);
        panels.forEach(chart::panel);
        chart.axis();
        return String.format(Locale.ROOT, """
                <?xml version="1.0" encoding="UTF-8"?>
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
                font-family="sans-serif" font-size="12">
                <rect width="%1$d" height="%2$d" fill="white"/>
                %3$s</svg>
                """, WIDTH, chart.top + 30, chart.svg);
    }

    private void legend(String title) {
        text(10, 24, "start", title, " font-size=\"15\" font-weight=\"bold\"");
        int x = WIDTH - 290;
        for (TaskKind kind : TaskKind.values()) {
            rect(x, 12, 14, colour(kind), "");
            text(x + 19, 24, "start", name(kind), "");
            x += 95;
        }
    }

    private void panel(String name, Timeline timeline) {
        top += 20;
        double milliseconds = timeline.makespanNanos() / 1e6;
        String figures =
                String.format(Locale.ROOT, "%s: %.2f ms, bubble %.1f %%", name, milliseconds, 100 * timeline.bubble());
        text(10, top - 6, "start", figures, "");
        for (int device = 0; device < timeline.devices(); device++) {
            text(LEFT - 8, top + ROW * device + 16, "end", "device " + device, "");
            rect(LEFT, top + ROW * device, PLOT_WIDTH, "#eeeeee", "");
        }
        timeline.events().forEach(event -> box(event, event.startNanos() - timeline.startNanos(), timeline.devices()));
        top += ROW * timeline.devices() + 10;
    }

    private void box(TimelineEvent event, long startNanos, int devices) {
        double x = LEFT + startNanos / nanosPerPixel;
        double width = event.nanos() / nanosPerPixel;
        double y = top + (double) ROW * event.device();
        boolean paler = event.stage() >= devices;
        svg.append("<g>");
        rect(x, y, width, colour(event.kind()), " stroke=\"white\"" + (paler ? " fill-opacity=\"0.55\"" : ""));
        String number = String.valueOf(event.microBatch());
        if (width > 8 * number.length()) {
            text(x + width / 2, y + 15, "middle", number, paler ? "" : " fill=\"white\"");
        }
        svg.append(String.format(
                Locale.ROOT,
                "<title>%s: %.3f to %.3f ms</title></g>%n",
                event.task(),
                startNanos / 1e6,
                (startNanos + event.nanos()) / 1e6));
    }

    private void axis() {
        double step = roundStep(nanosPerPixel * PLOT_WIDTH / TICKS);
        int decimals = (int) Math.max(0, -Math.floor(Math.log10(step * 1.001 / 1e6)));
        for (int tick = 0; tick * step <= nanosPerPixel * PLOT_WIDTH; tick++) {
            double x = LEFT + tick * step / nanosPerPixel;
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%1$.2f\" y1=\"%2$d\" x2=\"%1$.2f\" y2=\"%3$d\" stroke=\"#888888\" "
                            + "stroke-width=\"0.5\"/>%n",
                    x,
                    HEAD + 20,
                    top));
            String time = String.format(Locale.ROOT, "%." + decimals + "f ms", tick * step / 1e6);
            text(x, top + 16, "middle", time, " fill=\"#555555\"");
        }
    }

    /** Rounds up to 1, 2, 5, 10, 20, … */
    private static double roundStep(double nanos) {
        double power = Math.pow(10, Math.floor(Math.log10(nanos)));
        return List.of(1, 2, 5, 10).stream()
                .mapToDouble(factor -> factor * power)
                .filter(step -> step >= nanos * 0.999)
                .findFirst()
                .orElse(10 * power);
    }

    private void rect(double x, double y, double width, String fill, String more) {
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"%s/>%n",
                x,
                y,
                width,
                BOX,
                fill,
                more));
    }

    private void text(double x, double y, String anchor, String text, String more) {
        svg.append(String.format(Locale.ROOT, "<text x=\"%.2f\" y=\"%.2f\" text-anchor=\"%s\"%s>", x, y, anchor, more));
        svg.append(escaped(text)).append("</text>").append('\n');
    }

    private static String colour(TaskKind kind) {
        return switch (kind) {
            case FORWARD -> "#3b6ea5";
            case BACKWARD -> "#3c8d53";
            case WEIGHT -> "#c8702a";
        };
    }

    private static String name(TaskKind kind) {
        return kind == TaskKind.WEIGHT ? "weights" : kind.name().toLowerCase(Locale.ROOT);
    }

    /** Control characters may not stand in XML, not even escaped. */
    private static String escaped(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cs}\\uFFFE\\uFFFF]", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
    }
}
