package dev.trireme.bench.page;

import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Trial;
import dev.trireme.config.NullChecks;
import dev.trireme.report.Axis;
import dev.trireme.report.Block;
import dev.trireme.report.Chart;
import dev.trireme.report.Drawing;
import dev.trireme.report.Page;
import dev.trireme.report.Point;
import dev.trireme.report.Scale;
import dev.trireme.report.Section;
import dev.trireme.report.Series;
import dev.trireme.report.Series.Mark;
import dev.trireme.report.Table;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineSvg;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Pipelines: speed-up, bubble, schedules and memory. */
public final class PipelinePage {
    private static final Axis MICRO_BATCHES = Axis.of("micro-batches", "", Scale.LOG2);

    private PipelinePage() {}

    /**
     * The page.
     *
     * @param trials of one shape
     * @param command that measured them
     * @param leftOut what this machine is too small for; empty when nothing is
     * @return what there is to see so far
     */
    public static Page of(List<Trial<PipelineSetting, PipelineRun>> trials, String command, List<String> leftOut) {
        NullChecks.require("trials", trials, "command", command, "leftOut", leftOut);
        Sheet sheet = new Sheet("Pipeline parallel: micro-batches, stages and schedules", command);
        List<StageRun> all = StageRun.done(trials);
        List<StageRun> split = all.stream().filter(run -> run.stages() > 1).toList();
        if (!split.isEmpty()) {
            answers(sheet, split);
            sheet.section(new Section(
                    "Speed-up and bubble",
                    List.of(
                            Sheet.text(
                                    "Shape %s, micro-batches of %d rows × %d tokens, %d thread a stage. The speed-up is that over the same "
                                            + "steps on one stage, measured in turn. In theory stages take equally long and nothing else "
                                            + "takes time: p m / (m + p − 1), where no chunks or weight gradients fill the bubble.",
                                    split.get(0).result().shape(),
                                    split.get(0).result().microBatchSize(),
                                    split.get(0).result().length(),
                                    split.get(0).result().threads()),
                            Sheet.PREDICTIONS),
                    List.of(speedUps(all, split), bubbles(split))));
            schedules(sheet, split);
        }
        if (!all.isEmpty()) {
            sheet.section(new Section("All measurements", List.of(), List.of(table(all))));
        }
        sheet.missing(trials);
        leftOut.forEach(sheet::missing);
        all.forEach(run -> sheet.measurement(run.result()));
        return sheet.page();
    }

    private static void answers(Sheet sheet, List<StageRun> split) {
        StageRun best = split.stream()
                .max(Comparator.comparingDouble(StageRun::speedUp))
                .orElseThrow();
        sheet.answer(
                "The best speed-up is %.2f, on %d stages with %d micro-batches and schedule %s; equal stages without other cost "
                        + "would give %.2f. %.0f %% of the devices' time was bubble, where (p − 1) / (m + p − 1) is %.0f %%.",
                best.speedUp(),
                best.stages(),
                best.microBatches(),
                best.schedule(),
                best.speedUpInTheory(),
                100 * best.result().bubble(),
                100 * best.result().bubbleTheory());
        sheet.answer(
                "What its efficiency of %.0f %% is made of: balance %.2f × fill %.2f × communication %.2f × kernel size %.2f "
                        + "(stages share caches and memory).",
                100 * best.result().efficiency(),
                best.result().balance(),
                best.result().fill(),
                best.result().communication(),
                best.result().kernelSize());
        List<StageRun> family = series(split).get(name(best));
        if (family != null && family.size() > 1) {
            sheet.answer(
                    "Micro-batches fill the pipeline: %s has a bubble of %s %% at %s of them.",
                    name(best),
                    joined(family, run -> Sheet.text("%.0f", 100 * run.result().bubble())),
                    joined(family, run -> Integer.toString(run.microBatches())));
        }
        List<StageRun> rivals = atMost(split);
        if (rivals.size() > 1) {
            sheet.answer(
                    "With %d micro-batches: %s.",
                    rivals.get(0).microBatches(),
                    joined(
                            rivals,
                            run -> Sheet.text(
                                    "%s %.1f ms, fullest device %,.0f MB",
                                    run.schedule(), run.stepMs().median(), run.fullestMegabytes())));
        }
    }

    private static String joined(List<StageRun> runs, Function<StageRun, String> text) {
        return runs.stream().map(text).collect(Collectors.joining(", "));
    }

    private static String name(StageRun run) {
        return run.schedule() + ", " + run.stages() + " stages";
    }

    private static Map<String, List<StageRun>> series(List<StageRun> runs) {
        return runs.stream()
                .collect(Collectors.groupingBy(PipelinePage::name, LinkedHashMap::new, Collectors.toList()));
    }

    /** The schedules on the fewest stages with the most micro-batches that several were measured with. */
    private static List<StageRun> atMost(List<StageRun> split) {
        Map<Integer, List<StageRun>> sizes = split.stream()
                .filter(run -> run.stages() == split.get(0).stages())
                .collect(Collectors.groupingBy(StageRun::microBatches));
        return sizes.values().stream()
                .max(Comparator.<List<StageRun>>comparingInt(List::size)
                        .thenComparingInt(runs -> runs.get(0).microBatches()))
                .orElseThrow();
    }

    private static Chart speedUps(List<StageRun> all, List<StageRun> split) {
        List<Series> series = new ArrayList<>();
        int colour = 0;
        for (Map.Entry<String, List<StageRun>> entry : series(split).entrySet()) {
            List<StageRun> runs = entry.getValue();
            series.add(new Series(
                    entry.getKey(),
                    Mark.LINE,
                    colour++ % 7,
                    runs.stream()
                            .map(run ->
                                    Sheet.speed(run.microBatches(), run.result().oneStageMs(), run.stepMs()))
                            .toList()));
        }
        List<StageRun> typical = typical(split);
        String name = name(typical.get(0));
        int own = List.copyOf(series(split).keySet()).indexOf(name) % 7;
        List<Point> predicted = new ArrayList<>();
        for (StageRun run : typical) {
            predictedSpeedUp(all, run).ifPresent(gain -> predicted.add(Point.of(run.microBatches(), gain)));
        }
        series.add(new Series("predicted, " + name, Mark.DASHED, own, predicted));
        series.add(new Series(
                "in theory, " + name,
                Mark.DASHED,
                7,
                typical.stream()
                        .map(run -> Point.of(run.microBatches(), run.speedUpInTheory()))
                        .toList()));
        return new Chart(
                "Speed-up over one stage", MICRO_BATCHES, Axis.of("speed-up", "times", Scale.FROM_ZERO), series);
    }

    /** The family with most numbers of micro-batches; 1f1b where it is one of them. */
    private static List<StageRun> typical(List<StageRun> split) {
        return series(split).values().stream()
                .max(Comparator.<List<StageRun>>comparingInt(List::size)
                        .thenComparing(runs -> runs.get(0).schedule().equals("1f1b")))
                .orElseThrow();
    }

    private static Optional<Double> predictedSpeedUp(List<StageRun> all, StageRun run) {
        return all.stream()
                .filter(one -> one.stages() == 1
                        && one.microBatches() == run.microBatches()
                        && one.predictedMs().isPresent()
                        && run.predictedMs().isPresent())
                .map(one -> one.predictedMs().getAsDouble() / run.predictedMs().getAsDouble())
                .findFirst();
    }

    private static Chart bubbles(List<StageRun> split) {
        List<Series> series = new ArrayList<>();
        int colour = 0;
        for (Map.Entry<String, List<StageRun>> entry : series(split).entrySet()) {
            series.add(new Series(
                    entry.getKey(),
                    Mark.LINE,
                    colour++ % 7,
                    points(entry.getValue(), run -> run.result().bubble())));
        }
        List<StageRun> typical = typical(split);
        series.add(new Series(
                "(p − 1) / (m + p − 1)",
                Mark.DASHED,
                7,
                points(typical, run -> run.result().bubbleTheory())));
        return new Chart(
                "Bubble: share of the devices' time without a task",
                MICRO_BATCHES,
                Axis.of("bubble", "%", Scale.FROM_ZERO),
                series);
    }

    private static List<Point> points(List<StageRun> runs, ToDoubleFunction<StageRun> share) {
        return runs.stream()
                .map(run -> Point.of(run.microBatches(), 100 * share.applyAsDouble(run)))
                .toList();
    }

    private static void schedules(Sheet sheet, List<StageRun> split) {
        List<StageRun> rivals = atMost(split);
        Axis names =
                Axis.named("schedule", rivals.stream().map(StageRun::schedule).toList());
        List<Point> predicted = new ArrayList<>();
        IntStream.range(0, rivals.size())
                .forEach(i -> rivals.get(i).predictedMs().ifPresent(ms -> predicted.add(Point.of(i, ms))));
        List<Series> times = List.of(
                new Series(
                        "measured",
                        Mark.BARS,
                        0,
                        IntStream.range(0, rivals.size())
                                .mapToObj(i -> Sheet.point(i, rivals.get(i).stepMs()))
                                .toList()),
                new Series("predicted by the planner", Mark.BARS, 1, predicted));
        List<Series> memory = IntStream.range(0, rivals.get(0).stages())
                .mapToObj(device -> new Series(
                        "device " + device,
                        Mark.BARS,
                        2 + device % 6,
                        IntStream.range(0, rivals.size())
                                .mapToObj(i -> Point.of(i, rivals.get(i).deviceMegabytes(device)))
                                .toList()))
                .toList();
        Map<String, Timeline> measured = new LinkedHashMap<>();
        Map<String, Timeline> theory = new LinkedHashMap<>();
        rivals.forEach(run -> measured.put(run.schedule(), run.run().measured()));
        rivals.forEach(run -> theory.put(run.schedule(), run.run().theory()));
        String title = rivals.get(0).stages() + " stages, " + rivals.get(0).microBatches() + " micro-batches";
        List<Block> blocks = List.of(
                new Chart("Time of a step", names, Axis.of("time", "ms", Scale.FROM_ZERO), times),
                new Chart("Memory of each device", names, Axis.of("memory", "MB", Scale.FROM_ZERO), memory),
                new Drawing(
                        "Measured: the median step of each schedule, on one time axis",
                        TimelineSvg.draw(title, measured)),
                new Drawing(
                        "In theory: the same, simulated with the costs of the parts", TimelineSvg.draw(title, theory)));
        sheet.section(new Section(
                "Schedules side by side",
                List.of(
                        title
                                + ". A paler box is of a device's second chunk. Zero-bubble computes weight gradients when there is "
                                + "nothing else to do; interleaved gives each device two chunks, so that the pipeline fills sooner."),
                blocks));
    }

    private static Table table(List<StageRun> all) {
        return new Table(
                "Steps on stages",
                List.of(
                        "schedule",
                        "stages",
                        "m",
                        "step ms",
                        "min … max",
                        "predicted ms",
                        "one stage ms",
                        "speed-up",
                        "in theory",
                        "bubble %",
                        "in theory %",
                        "efficiency %",
                        "fullest MB"),
                all.stream().map(PipelinePage::row).toList());
    }

    private static List<String> row(StageRun run) {
        return List.of(
                run.stages() == 1 ? "one stage" : run.schedule(),
                Integer.toString(run.stages()),
                Integer.toString(run.microBatches()),
                Sheet.text("%,.1f", run.stepMs().median()),
                Sheet.text("%,.1f … %,.1f", run.stepMs().min(), run.stepMs().max()),
                Sheet.orDash(run.predictedMs(), "%,.1f"),
                Sheet.text("%,.1f", run.result().oneStageMs()),
                Sheet.text("%.2f", run.speedUp()),
                Sheet.text("%.2f", run.speedUpInTheory()),
                Sheet.text("%.1f", 100 * run.result().bubble()),
                Sheet.text("%.1f", 100 * run.result().bubbleTheory()),
                Sheet.text("%.0f", 100 * run.result().efficiency()),
                Sheet.text("%,.1f", run.fullestMegabytes()));
    }
}
