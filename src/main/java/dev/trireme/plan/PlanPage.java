package dev.trireme.plan;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** A plan as one HTML page that needs nothing else, light or dark as the reader's screen is. */
public final class PlanPage {
    private static final String STYLE = """
            :root { color-scheme: light dark; --line: #8884; --bar: #4a7ebb; --soft: #8881; }
            body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { border-bottom: 1px solid var(--line); padding: .3rem .55rem; text-align: right; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; }
            tr:hover { background: var(--soft); }
            code { background: var(--soft); padding: .15rem .3rem; overflow-wrap: anywhere; }
            .bar { display: inline-block; height: .6rem; background: var(--bar); vertical-align: middle; }
            .scroll { overflow-x: auto; }
            """;

    private PlanPage() {}

    /**
     * The page.
     *
     * @param plan what it shows
     * @param commandLine that runs the first choice; empty where there is none
     * @return HTML
     */
    public static String of(Plan plan, String commandLine) {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(commandLine, "commandLine");
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width\"><title>Plan</title><style>\n" + STYLE
                + "</style></head><body>\n<h1>" + escaped(PlanText.title(plan)) + "</h1>\n");
        PlanText.verdict(plan)
                .forEach(line -> page.append("<p>").append(escaped(line)).append("</p>\n"));
        if (!commandLine.isEmpty()) {
            page.append("<p><code>").append(escaped(commandLine)).append("</code></p>\n");
        }
        table(page, "Layouts that fit", plan.fitting());
        table(page, "Layouts that fit, and that this version cannot run", plan.otherVersions());
        table(page, "Layouts that do not fit, nearest first", plan.tooLarge());
        machine(page, plan.machine());
        return page.append("</body></html>\n").toString();
    }

    private static void table(StringBuilder page, String title, List<Prediction> rows) {
        if (rows.isEmpty()) {
            return;
        }
        double slowest =
                rows.stream().mapToDouble(row -> row.time().seconds()).max().orElseThrow();
        page.append("<h2>").append(title).append("</h2>\n<div class=\"scroll\"><table><tr><th>layout</th>");
        for (String head : PlanText.HEADS) {
            page.append("<th>").append(escaped(head)).append("</th>");
        }
        page.append("<th></th></tr>\n");
        for (Prediction row : rows) {
            page.append("<tr><td>").append(escaped(row.layout().text())).append("</td>");
            PlanText.cells(row)
                    .forEach(cell -> page.append("<td>").append(escaped(cell)).append("</td>"));
            page.append(String.format(
                    Locale.ROOT,
                    "<td style=\"width:8rem;text-align:left\"><span class=\"bar\" style=\"width:%.1f%%\"></span></td></tr>%n",
                    100 * row.time().seconds() / slowest));
        }
        page.append("</table></div>\n");
    }

    private static void machine(StringBuilder page, Machine machine) {
        page.append("<h2>Machine ").append(escaped(machine.name())).append("</h2>\n<table>");
        for (Map.Entry<String, Figure> entry : PlanText.figures(machine).entrySet()) {
            page.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s</td><td>%.4g</td><td style=\"text-align:left;white-space:normal\">%s</td></tr>%n",
                    escaped(entry.getKey()),
                    entry.getValue().value(),
                    escaped(entry.getValue().source())));
        }
        page.append("</table>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
