package dev.trireme.report;

import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Pages as HTML, light or dark as the reader's screen is. A page fetches nothing but, while it is live, itself.
 *
 * <pre>
 *   html ─ head: page.css, uPlot's style
 *          main: heading, answers, what is missing, sections, machine, raw numbers, charts as JSON      content
 *          script: uPlot, charts.js
 * </pre>
 */
public final class PageHtml {
    private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
            + "connect-src 'self'; img-src data:";
    private static final Pattern PROLOG = Pattern.compile("^<\\?xml[^>]*\\?>\\s*");
    private static final Pattern NUMBER = Pattern.compile("-?|[^a-z]*[0-9].*");

    private static final String HINT =
            "Drag in a chart to see a part of it, double-click to see all; click a name in a "
                    + "legend to hide its line.";
    private static final String ERROR_BARS = "Bars at points span the least and the greatest of the repeats.";

    private static final int LONGEST_NAME = 48; // characters

    private final StringBuilder html = new StringBuilder();
    private final List<Chart> charts = new ArrayList<>();

    private PageHtml() {}

    /**
     * A page that is done.
     *
     * @param page what it shows
     * @return a whole file, in UTF-8
     */
    public static String of(Page page) {
        Objects.requireNonNull(page, "page");
        return whole(page, "");
    }

    /**
     * A page that follows its program.
     *
     * @param page what it shows at first
     * @param address that serves {@link #content}
     * @return a whole file, in UTF-8
     */
    public static String live(Page page, String address) {
        NullChecks.require("page", page, "address", address);
        return whole(page, " data-live=\"" + escaped(address) + "\"");
    }

    private static String whole(Page page, String attribute) {
        return "<!DOCTYPE html>\n<html lang=\"en\"" + attribute + "><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\">"
                + "<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">"
                + "<link rel=\"icon\" href=\"data:,\">" // or a live page is asked for one
                + "<title>" + escaped(page.title()) + "</title>\n<style>\n" + Resources.uPlotStyle()
                + Resources.text("page.css") + "</style></head><body>\n<main>\n" + content(page)
                + "</main>\n<script>\n" + Resources.uPlot() + "\n</script><script>\n" + Resources.text("charts.js")
                + "</script></body></html>\n";
    }

    /**
     * What stands in the page's {@code main}.
     *
     * @param page what it shows
     * @return HTML
     */
    public static String content(Page page) {
        Objects.requireNonNull(page, "page");
        PageHtml writer = new PageHtml();
        writer.head(page);
        page.sections().forEach(writer::section);
        writer.machine(page);
        writer.raw(page);
        writer.html
                .append("<script type=\"application/json\" class=\"charts\">")
                .append(Json.text(Json.WRITER, writer.charts).replace("<", "\\u003c"))
                .append("</script>\n");
        return writer.html.toString();
    }

    private void head(Page page) {
        add("<h1>", page.title(), "</h1>\n");
        if (!page.command().isEmpty()) {
            add("<p class=\"about\"><code>", page.command(), "</code></p>\n");
        }
        box("answers", page.answers());
        box("missing", page.missing());
        if (!page.links().isEmpty()) {
            html.append("<ul>");
            page.links()
                    .forEach((name, address) -> html.append("<li><a href=\"")
                            .append(escaped(address))
                            .append("\">")
                            .append(escaped(name))
                            .append("</a></li>"));
            html.append("</ul>\n");
        }
    }

    private void box(String kind, List<String> lines) {
        if (!lines.isEmpty()) {
            html.append("<div class=\"").append(kind).append("\">\n");
            lines.forEach(line -> add("<p>", line, "</p>\n"));
            html.append("</div>\n");
        }
    }

    private void section(Section section) {
        add("<h2>", section.title(), "</h2>\n");
        section.words().forEach(words -> add("<p>", words, "</p>\n"));
        html.append("<div class=\"blocks\">\n");
        for (Block block : section.blocks()) {
            if (block instanceof Chart chart) {
                chart(chart);
            } else if (block instanceof Table table) {
                table(table);
            } else if (block instanceof Drawing drawing) {
                drawing(drawing);
            }
        }
        html.append("</div>\n");
    }

    private void chart(Chart chart) {
        add("<figure><figcaption>", chart.title(), "</figcaption>");
        html.append("<div class=\"plot\" data-chart=\"").append(charts.size()).append("\"></div></figure>\n");
        charts.add(chart);
    }

    private void drawing(Drawing drawing) {
        add("<figure class=\"drawing\"><figcaption>", drawing.title(), "</figcaption><div>");
        html.append(PROLOG.matcher(drawing.svg()).replaceFirst("")).append("</div></figure>\n");
    }

    private void table(Table table) {
        add("<div class=\"table\"><table><caption>", table.title(), "</caption><thead><tr>");
        List<String> kinds = IntStream.range(0, table.heads().size())
                .mapToObj(column -> kind(table, column))
                .toList();
        row("th", kinds, table.heads());
        html.append("</tr></thead><tbody>\n");
        for (List<String> cells : table.rows()) {
            html.append("<tr>");
            row("td", kinds, cells);
            html.append("</tr>\n");
        }
        html.append("</tbody></table></div>\n");
    }

    private void row(String tag, List<String> kinds, List<String> cells) {
        for (int column = 0; column < cells.size(); column++) {
            add("<" + tag + kinds.get(column) + ">", cells.get(column), "</" + tag + ">");
        }
    }

    /** Numbers are aligned at their ends, names and words at their beginnings; only words are broken. */
    private static String kind(Table table, int column) {
        List<String> cells = table.rows().stream().map(row -> row.get(column)).toList();
        if (column > 0 && cells.stream().allMatch(cell -> NUMBER.matcher(cell).matches())) {
            return "";
        }
        boolean isShort = cells.stream().allMatch(cell -> cell.length() <= LONGEST_NAME);
        return isShort ? " class=\"names\"" : " class=\"words\"";
    }

    private void machine(Page page) {
        if (page.machine().isEmpty()) {
            return;
        }
        List<List<String>> rows = page.machine().entrySet().stream()
                .map(entry -> List.of(entry.getKey(), entry.getValue()))
                .toList();
        html.append("<h2>Machine</h2>\n");
        table(new Table("", List.of("", ""), rows));
    }

    private void raw(Page page) {
        String json = page.toJson();
        html.append(
                        "<footer><p class=\"screen\">Raw numbers: <a download=\"report.json\" href=\"data:application/json;base64,")
                .append(Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)))
                .append("\">report.json</a>.")
                .append(charts.isEmpty() ? "" : " " + HINT)
                .append(charts.stream().anyMatch(PageHtml::hasErrorBars) ? " " + ERROR_BARS : "")
                .append("</p></footer>\n");
    }

    private static boolean hasErrorBars(Chart chart) {
        return chart.series().stream()
                .flatMap(series -> series.points().stream())
                .anyMatch(point -> point.low() < point.high());
    }

    private void add(String before, String text, String after) {
        html.append(before).append(escaped(text)).append(after);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
