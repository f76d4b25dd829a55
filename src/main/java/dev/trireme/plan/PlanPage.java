package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.report.Axis;
import dev.trireme.report.Block;
import dev.trireme.report.Chart;
import dev.trireme.report.Page;
import dev.trireme.report.PageHtml;
import dev.trireme.report.Point;
import dev.trireme.report.Scale;
import dev.trireme.report.Section;
import dev.trireme.report.Series;
import dev.trireme.report.Series.Mark;
import dev.trireme.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** A plan as a page. */
public final class PlanPage {
    private PlanPage() {}

    /**
     * The page.
     *
     * @param plan what it shows
     * @param commandLine that runs the first choice; empty where there is none
     * @return HTML
     */
    public static String of(Plan plan, String commandLine) {
        NullChecks.require("plan", plan, "commandLine", commandLine);
        List<Section> sections = new ArrayList<>();
        add(sections, "Layouts that fit", plan.fitting());
        add(sections, "Layouts that fit, and that this version cannot run", plan.otherVersions());
        add(sections, "Layouts that do not fit, nearest first", plan.tooLarge());
        return PageHtml.of(new Page(
                PlanText.title(plan),
                commandLine,
                PlanText.verdict(plan),
                List.of(),
                sections,
                machine(plan.machine()),
                List.of(),
                Map.of()));
    }

    private static void add(List<Section> sections, String title, List<Prediction> rows) {
        if (!rows.isEmpty()) {
            sections.add(new Section(
                    title,
                    List.of("Bytes are those of the fullest device, in GB, by what they are for."),
                    List.of(
                            chart(
                                    rows.get(0).time().tokenSeconds() > 0
                                            ? "Time of all tokens of all prompts"
                                            : "Time of a step",
                                    "ms",
                                    rows,
                                    row -> 1e3 * row.time().seconds()),
                            chart(
                                    "Memory of the fullest device",
                                    "GB",
                                    rows,
                                    row -> row.fullest().total() / 1e9),
                            table(title, rows))));
        }
    }

    private static Block chart(String title, String unit, List<Prediction> rows, ToDoubleFunction<Prediction> figure) {
        List<Point> points = IntStream.range(0, rows.size())
                .mapToObj(i -> Point.of(i + 1.0, figure.applyAsDouble(rows.get(i)))
                        .withNote(rows.get(i).layout().text()))
                .toList();
        return new Chart(
                title,
                Axis.of("place in the table", "", Scale.FITTED),
                Axis.of("predicted", unit, Scale.FROM_ZERO),
                List.of(new Series("predicted", Mark.POINTS, 0, points)));
    }

    private static Block table(String title, List<Prediction> rows) {
        List<String> heads = new ArrayList<>(List.of("layout"));
        heads.addAll(PlanText.HEADS);
        return new Table(
                title,
                heads,
                rows.stream()
                        .map(row -> {
                            List<String> cells =
                                    new ArrayList<>(List.of(row.layout().text()));
                            cells.addAll(PlanText.cells(row));
                            return cells;
                        })
                        .toList());
    }

    private static Map<String, String> machine(Machine machine) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("name", machine.name());
        PlanText.figures(machine)
                .forEach((name, figure) ->
                        facts.put(name, String.format(Locale.ROOT, "%.4g: %s", figure.value(), figure.source())));
        return facts;
    }
}
