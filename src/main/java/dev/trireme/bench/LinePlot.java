package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * A line plot with logarithmic axes, as an SVG for light and dark backgrounds.
 *
 * <pre>
 *   title
 *   y label
 *   ┬ ·····/··········   ── name of a line
 *   ┼ ····/·······—···   ─ ─ name of a dashed one
 *   └───┴───┴───┴───┴─
 *               x label
 * </pre>
 *
 * @param title what is shown
 * @param xLabel what the x axis measures
 * @param yLabel what the y axis measures
 * @param lines at least one, with at least one point in all
 */
public record LinePlot(String title, String xLabel, String yLabel, List<Line> lines) {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 460;
    private static final int LEFT = 70;
    private static final int RIGHT = 620;
    private static final int TOP = 70;
    private static final int BOTTOM = 400;
    private static final int LEGEND = 645;
    private static final int LEGEND_LINE = 24;

    /**
     * Colours that differ in lightness and for colour-blind readers. No CSS variables, which many viewers do not
     * support.
     */
    private static final String STYLE = """
            text { font: 13px sans-serif; fill: #24292f; }
            .title { font-size: 16px; font-weight: bold; }
            .end { text-anchor: end; } .middle { text-anchor: middle; }
            .paper { fill: #ffffff; } .grid { stroke: #d0d7de; }
            .line { fill: none; stroke-width: 2; stroke-linejoin: round; } .dashed { stroke-dasharray: 6 4; }
            .c0 { stroke: #0b62a8; } .c1 { stroke: #c2570c; } .c2 { stroke: #177e5e; } .c3 { stroke: #a13d8f; }
            @media (prefers-color-scheme: dark) {
              text { fill: #e6edf3; } .paper { fill: #0d1117; } .grid { stroke: #30363d; }
              .c0 { stroke: #6cb2f0; } .c1 { stroke: #f5a15a; } .c2 { stroke: #56cfa5; } .c3 { stroke: #e38fd4; }
            }
            """;

    private static final int COLOURS = 4;

    /**
     * One line.
     *
     * @param name in the legend
     * @param colour from 0 on; lines that belong together share one
     * @param dashed whether it is drawn with gaps
     * @param points from left to right
     */
    public record Line(String name, int colour, boolean dashed, List<Point> points) {
        /** Keeps an unmodifiable copy. */
        public Line {
            NullChecks.require("name", name, "points", points);
            points = List.copyOf(points);
        }
    }

    /**
     * A point.
     *
     * @param x above 0
     * @param y above 0
     */
    public record Point(double x, double y) {}

    /** Keeps an unmodifiable copy. */
    public LinePlot {
        NullChecks.require("title", title, "xLabel", xLabel, "yLabel", yLabel, "lines", lines);
        lines = List.copyOf(lines);
    }

    /**
     * Draws.
     *
     * @return a whole SVG file, in UTF-8
     * @throws IllegalArgumentException when a value is not above 0
     */
    public String toSvg() {
        LogAxis horizontal = LogAxis.powersOfTwo(values(Point::x));
        LogAxis vertical = LogAxis.oneTwoFive(values(Point::y));
        StringBuilder svg = new StringBuilder();
        add(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">", WIDTH, HEIGHT);
        add(svg, "<title>%s</title>", escape(title));
        add(svg, "<style>%s</style>", STYLE);
        add(svg, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>", WIDTH, HEIGHT);
        addText(svg, "title", LEFT, 30, title);
        addText(svg, "start", LEFT, 54, yLabel);
        addText(svg, "middle", (LEFT + RIGHT) / 2.0, BOTTOM + 44, xLabel);
        addGrid(svg, horizontal, vertical);
        addLines(svg, horizontal, vertical);
        return svg.append("</svg>\n").toString();
    }

    private static void addGrid(StringBuilder svg, LogAxis horizontal, LogAxis vertical) {
        for (double tick : horizontal.ticks()) {
            double x = x(horizontal, tick);
            add(svg, "<path class=\"grid\" d=\"M %.1f %d V %d\"/>", x, TOP, BOTTOM);
            addText(svg, "middle", x, BOTTOM + 20, number(tick));
        }
        for (double tick : vertical.ticks()) {
            double y = y(vertical, tick);
            add(svg, "<path class=\"grid\" d=\"M %d %.1f H %d\"/>", LEFT, y, RIGHT);
            addText(svg, "end", LEFT - 8, y + 4, number(tick));
        }
    }

    private void addLines(StringBuilder svg, LogAxis horizontal, LogAxis vertical) {
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            int sample = TOP + 10 + i * LEGEND_LINE;
            addLine(svg, line, Stream.of(new Point(LEGEND, sample), new Point(LEGEND + 28, sample)));
            addText(svg, "start", LEGEND + 36, sample + 4, line.name());
            addLine(
                    svg,
                    line,
                    line.points().stream().map(point -> new Point(x(horizontal, point.x()), y(vertical, point.y()))));
        }
    }

    private DoubleStream values(ToDoubleFunction<Point> coordinate) {
        return lines.stream().flatMap(line -> line.points().stream()).mapToDouble(coordinate);
    }

    private static double x(LogAxis axis, double value) {
        return LEFT + axis.share(value) * (RIGHT - LEFT);
    }

    private static double y(LogAxis axis, double value) {
        return BOTTOM - axis.share(value) * (BOTTOM - TOP);
    }

    private static void addLine(StringBuilder svg, Line line, Stream<Point> corners) {
        add(
                svg,
                "<polyline class=\"line c%d%s\" points=\"%s\"/>",
                line.colour() % COLOURS,
                line.dashed() ? " dashed" : "",
                corners.map(corner -> String.format(Locale.ROOT, "%.1f,%.1f", corner.x(), corner.y()))
                        .collect(Collectors.joining(" ")));
    }

    private static void addText(StringBuilder svg, String style, double x, double y, String text) {
        add(svg, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>", style, x, y, escape(text));
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** 2000 as 2,000 but 0.05 as it is. */
    private static String number(double value) {
        return value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : Float.toString((float) value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
