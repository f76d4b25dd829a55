package dev.trireme.bench.page;

import dev.trireme.bench.LayoutResult;
import dev.trireme.bench.ShapeLayouts;
import dev.trireme.config.NullChecks;
import dev.trireme.plan.Layout;
import dev.trireme.report.Axis;
import dev.trireme.report.Block;
import dev.trireme.report.Chart;
import dev.trireme.report.Page;
import dev.trireme.report.Point;
import dev.trireme.report.Scale;
import dev.trireme.report.Section;
import dev.trireme.report.Series;
import dev.trireme.report.Series.Mark;
import dev.trireme.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;

/** All layouts of a model on this machine, predicted and measured, and what the planner chooses among them. */
public final class LayoutsPage {
    private static final double CLOSE = 0.15;
    private static final List<Integer> STAGES = List.of(1, 2, 4);

    private LayoutsPage() {}

    /**
     * The page.
     *
     * @param shapes as far as they have come
     * @param missing what failed, was left out or has not begun, a line each
     * @param command that measured them
     * @return what there is to see so far
     */
    public static Page of(List<ShapeLayouts> shapes, List<String> missing, String command) {
        NullChecks.require("shapes", shapes, "missing", missing, "command", command);
        Sheet sheet = new Sheet("Combining and choosing: all layouts, predicted and measured", command);
        for (ShapeLayouts known : shapes) {
            String shape = known.setting().shape();
            if (!known.results().isEmpty()) {
                answers(sheet, shape, known.results(), known.chosen());
                sheet.section(section(known));
                known.results().forEach(sheet::measurement);
            }
            known.progress().ifPresent(so -> sheet.missing("shape " + shape + " is not whole: " + so));
        }
        missing.forEach(sheet::missing);
        return sheet.page();
    }

    private static void answers(Sheet sheet, String shape, List<LayoutResult> all, Optional<Layout> choice) {
        LayoutResult fastest = byTime(all).get(0);
        long close =
                all.stream().filter(result -> Math.abs(result.error()) <= CLOSE).count();
        sheet.answer(
                "The fastest of %d layouts of %s is %s, %.1f ms a step. %d were predicted within 15 %%.",
                all.size(), shape, fastest.layout().text(), fastest.measuredMs().median(), close);
        choice.flatMap(layout -> all.stream()
                        .filter(result -> result.layout().equals(layout))
                        .findFirst())
                .ifPresent(result -> sheet.answer(
                        "For %s the planner chooses, from measurements of single stages alone, %s; %s.",
                        shape,
                        result.layout().text(),
                        result.equals(fastest) ? "it is the fastest" : behind(result, fastest)));
    }

    private static String behind(LayoutResult choice, LayoutResult fastest) {
        double millis = choice.measuredMs().median();
        return Sheet.text(
                "it took %.1f ms, %.0f %% more than the fastest",
                millis, 100 * (millis / fastest.measuredMs().median() - 1));
    }

    private static List<LayoutResult> byTime(List<LayoutResult> all) {
        return all.stream()
                .sorted(Comparator.comparingDouble(result -> result.measuredMs().median()))
                .toList();
    }

    private static Section section(ShapeLayouts known) {
        List<LayoutResult> all = known.results();
        return new Section(
                "Shape " + known.setting().shape(),
                List.of(
                        Sheet.text(
                                "Training steps of %d rows × %d tokens over all ranks, float32, AdamW, one thread a stage; medians of %s.",
                                known.setting().rows(), known.setting().length(), rounds(all)),
                        "A dot on the line took as long as predicted, one below it longer. Ranks are replicas that average "
                                + "gradients, stages are devices of a pipeline, m are a rank's micro-batches."),
                List.of(scatter(all), ranking(all), table(all)));
    }

    private static String rounds(List<LayoutResult> all) {
        IntSummaryStatistics rounds =
                all.stream().mapToInt(LayoutResult::rounds).summaryStatistics();
        return (rounds.getMin() == rounds.getMax() ? "" : rounds.getMin() + " to ")
                + rounds.getMax()
                + (rounds.getMax() == 1 ? " round" : " rounds");
    }

    private static Block scatter(List<LayoutResult> all) {
        List<Series> series = new ArrayList<>();
        int colour = 0;
        for (int ranks : new int[] {1, 2}) {
            for (int stages : STAGES) {
                List<Point> points = all.stream()
                        .filter(result -> result.layout().ranks() == ranks
                                && result.layout().pipeline().stages() == stages)
                        .map(result -> new Point(
                                result.measuredMs().median(),
                                result.predictedMs(),
                                result.predictedMs(),
                                result.predictedMs(),
                                result.layout().text()))
                        .toList();
                if (!points.isEmpty()) {
                    series.add(new Series(ranks + " × " + stages, Mark.POINTS, colour++, points));
                }
            }
        }
        double least = all.stream()
                .mapToDouble(result -> result.measuredMs().median())
                .min()
                .orElseThrow();
        double most = all.stream()
                .mapToDouble(result -> result.measuredMs().median())
                .max()
                .orElseThrow();
        series.add(new Series("as predicted", Mark.DASHED, 7, List.of(Point.of(least, least), Point.of(most, most))));
        return new Chart(
                "Predicted against measured, ranks × stages",
                Axis.of("measured", "ms a step", Scale.LOG10),
                Axis.of("predicted", "ms a step", Scale.LOG10),
                series);
    }

    private static Block ranking(List<LayoutResult> all) {
        List<LayoutResult> sorted = byTime(all);
        List<Point> measured = new ArrayList<>();
        List<Point> predicted = new ArrayList<>();
        for (int place = 0; place < sorted.size(); place++) {
            LayoutResult result = sorted.get(place);
            measured.add(Sheet.point(place + 1.0, result.measuredMs())
                    .withNote(result.layout().text() + ", measured"));
            predicted.add(Point.of(place + 1.0, result.predictedMs())
                    .withNote(result.layout().text() + ", predicted"));
        }
        return new Chart(
                "Layouts, fastest first",
                Axis.of("place", "", Scale.FITTED),
                Axis.of("time of a step", "ms", Scale.FROM_ZERO),
                List.of(
                        new Series("measured", Mark.LINE, 0, measured),
                        new Series("predicted", Mark.POINTS, 1, predicted)));
    }

    private static Block table(List<LayoutResult> all) {
        return new Table(
                "All layouts, fastest first",
                List.of("layout", "split", "predicted ms", "measured ms", "min … max", "error %", "MB of a rank"),
                byTime(all).stream().map(LayoutsPage::row).toList());
    }

    private static List<String> row(LayoutResult result) {
        return List.of(
                result.layout().text(),
                result.layout().pipeline().split(),
                Sheet.text("%,.1f", result.predictedMs()),
                Sheet.text("%,.1f", result.measuredMs().median()),
                Sheet.text(
                        "%,.1f … %,.1f",
                        result.measuredMs().min(), result.measuredMs().max()),
                Sheet.text("%+.1f", 100 * result.error()),
                Sheet.text(
                        "%,.1f",
                        result.measuredBytes().stream()
                                        .mapToLong(Long::longValue)
                                        .sum()
                                / 1048576.0));
    }
}
