package dev.trireme.cli;

import dev.trireme.bench.LayoutBench;
import dev.trireme.bench.LayoutResult;
import dev.trireme.bench.LayoutSetting;
import dev.trireme.bench.ShapeLayouts;
import dev.trireme.bench.page.LayoutsPage;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.config.Requirements;
import dev.trireme.plan.HostMemory;
import dev.trireme.plan.Layout;
import dev.trireme.report.ReportFolder;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "layouts",
        description =
                "Hold the planner against reality: predict layouts from single stages, then measure them in turn.",
        footer = {
            "",
            "1 and 2 ranks × 1, 2 and 4 stages × 1, 4 and 8 micro-batches × three schedules, where they differ. All take "
                    + "turns within a round; the median of all rounds is compared. Nothing is predicted from what ran."
        })
final class BenchLayoutsCommand implements Runnable, Experiment {
    private static final double CLOSE = 0.15;
    private static final double PEAK_CLOSE = 0.10;
    private static final List<String> USUAL_SHAPES = List.of("small", "llama-small", "medium");
    private static final List<String> QUICK_SHAPES = List.of("small");
    private static final int USUAL_ROWS = 16;
    private static final int QUICK_ROWS = 8;
    private static final int USUAL_LENGTH = 128;
    private static final int QUICK_LENGTH = 32;
    private static final int USUAL_ROUNDS = 5;
    private static final String CURE = "use a smaller --shape, --batch or --length";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            split = ",",
            description = "Models, one after the other (small,llama-small,medium; small with --quick).")
    private List<String> shapes = List.of();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (16; 8 with --quick).")
    private Optional<Integer> batch = Optional.empty();

    @Option(names = "--length", paramLabel = "N", description = "Tokens of a row (128; 32 with --quick).")
    private Optional<Integer> length = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of every layout (5; 1 with --quick).")
    private Optional<Integer> rounds = Optional.empty();

    @Option(
            names = "--peak",
            description = "Measure also the peak memory of processes with one layout each, of the first model.")
    private boolean peak;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Override
    public void run() {
        Room<Candidate> room = room();
        Activity activity = Activity.of(spec, json, quiet);
        ReportFolder page = report.open();
        room.leftOut().forEach(activity::remark);
        List<LayoutSetting> settings = settings(room);
        Progress progress = new Progress(page, report.command(), room.leftOut());
        progress.write(List.of(), notBegun(settings));
        TemporaryFolder.use(
                folder -> { // costs are measured anew
                    measure(new LayoutBench(folder, System.err, activity::begin), settings, activity, progress);
                });
        activity.end();
        activity.remark("page: " + page.page());
    }

    /** A layout of a shape. */
    record Candidate(LayoutSetting setting, Layout layout) {
        String name() {
            return setting.shape() + ", " + layout.text();
        }

        long bytes() {
            return HostMemory.needed(setting.job(), layout);
        }
    }

    @Override
    public Room<Candidate> room() {
        Requirements.within("batch", rows(), 2, 1 << 16);
        List<Candidate> all = shapes().stream()
                .map(shape -> setting(shape, LayoutBench.layouts(rows())))
                .flatMap(setting -> setting.layouts().stream().map(layout -> new Candidate(setting, layout)))
                .toList();
        return Room.of(Room.Asked.all(all, Candidate::name, Candidate::bytes), CURE);
    }

    private int rows() {
        return batch.orElse(report.isQuick() ? QUICK_ROWS : USUAL_ROWS);
    }

    private List<String> shapes() {
        List<String> usual = report.isQuick() ? QUICK_SHAPES : USUAL_SHAPES;
        return (shapes.isEmpty() ? usual : shapes).stream().distinct().toList();
    }

    private LayoutSetting setting(String shape, List<Layout> layouts) {
        return new LayoutSetting(
                shape,
                rows(),
                length.orElse(report.isQuick() ? QUICK_LENGTH : USUAL_LENGTH),
                rounds.orElse(report.isQuick() ? 1 : USUAL_ROUNDS),
                layouts,
                "");
    }

    private List<LayoutSetting> settings(Room<Candidate> room) {
        Map<String, List<Layout>> layouts = room.fitting().stream()
                .collect(Collectors.groupingBy(
                        candidate -> candidate.setting().shape(),
                        LinkedHashMap::new,
                        Collectors.mapping(Candidate::layout, Collectors.toList())));
        return layouts.entrySet().stream()
                .map(shape -> setting(shape.getKey(), shape.getValue()))
                .toList();
    }

    /** What is known, written after each round, so that whatever ends this leaves a page. */
    private record Progress(ReportFolder page, String command, List<String> leftOut) {
        void write(List<ShapeLayouts> known, List<String> missing) {
            page.write(LayoutsPage.of(
                    known, Stream.concat(missing.stream(), leftOut.stream()).toList(), command));
        }
    }

    private void measure(LayoutBench bench, List<LayoutSetting> settings, Activity activity, Progress progress) {
        List<ShapeLayouts> known = new ArrayList<>(); // the last is the one that is being measured
        for (LayoutSetting setting : settings) {
            List<String> rest = notBegun(settings.subList(settings.indexOf(setting) + 1, settings.size()));
            known.add(new ShapeLayouts(setting, List.of(), Optional.empty()));
            try {
                ShapeLayouts all = bench.measure(setting, soFar -> {
                    known.set(known.size() - 1, soFar);
                    progress.write(known, rest);
                });
                known.set(known.size() - 1, peak && known.size() == 1 ? withPeaks(bench, all, activity) : all);
            } catch (RuntimeException e) {
                List<String> missing = new ArrayList<>(rest);
                missing.add(0, "shape " + setting.shape() + " failed: " + e.getMessage());
                progress.write(known, missing);
                throw e;
            }
            activity.end();
            print(known.get(known.size() - 1));
        }
        progress.write(known, List.of());
    }

    private static List<String> notBegun(List<LayoutSetting> rest) {
        return rest.stream()
                .map(setting -> "shape " + setting.shape() + " was not measured")
                .toList();
    }

    private ShapeLayouts withPeaks(LayoutBench bench, ShapeLayouts all, Activity activity) {
        List<LayoutResult> results = new ArrayList<>();
        for (LayoutResult result : all.results()) {
            if (isTypical(result.layout())) {
                activity.begin("peak of " + text(result.layout()));
                results.add(bench.withPeak(
                        result, all.setting().rows(), all.setting().length()));
            } else {
                results.add(result);
            }
        }
        return new ShapeLayouts(all.setting(), results, all.chosen());
    }

    private void print(ShapeLayouts all) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            all.results().forEach(result -> out.println(result.toJson()));
        } else {
            print(all.setting().shape(), all.results(), out);
        }
    }

    /** Schedules hold what their stages hold; a process of its own for each would take minutes. */
    private static boolean isTypical(Layout layout) {
        return layout.pipeline().schedule().equals("1f1b") && layout.microBatches() != 4;
    }

    private static void print(String shape, List<LayoutResult> results, PrintWriter out) {
        out.println(
                "shape " + shape
                        + "\nlayout                                predicted ms   measured ms (min … max)        error   stage bytes   peak MB");
        for (LayoutResult result : results) {
            boolean exact = result.predictedBytes().equals(result.measuredBytes());
            out.println(String.format(
                    Locale.ROOT,
                    "%-36s %9.1f      %-27s %+6.1f %%   %s   %s",
                    text(result.layout()),
                    result.predictedMs(),
                    String.format(
                            Locale.ROOT,
                            "%.1f (%.1f … %.1f)",
                            result.measuredMs().median(),
                            result.measuredMs().min(),
                            result.measuredMs().max()),
                    100 * result.error(),
                    exact ? "exact      " : result.predictedBytes() + " " + result.measuredBytes(),
                    result.measuredPeakMb() == 0
                            ? "-"
                            : String.format(
                                    Locale.ROOT, "%.0f (%.0f)", result.measuredPeakMb(), result.predictedPeakMb())));
        }
        long close = results.stream()
                .filter(result -> Math.abs(result.error()) <= CLOSE)
                .count();
        LayoutResult chosen = results.stream()
                .min(Comparator.comparingDouble(LayoutResult::predictedMs))
                .orElseThrow();
        LayoutResult fastest = results.stream()
                .min(Comparator.comparingDouble(result -> result.measuredMs().median()))
                .orElseThrow();
        long peaks = results.stream()
                .filter(result -> result.measuredPeakMb() > 0
                        && Math.abs(result.predictedPeakMb() / result.measuredPeakMb() - 1) <= PEAK_CLOSE)
                .count();
        out.println(String.format(
                Locale.ROOT,
                "%d of %d within 15 %%; %d peaks within 10 %%; the fastest predicted, %s, took %.1f ms, the fastest measured, %s, %.1f ms",
                close,
                results.size(),
                peaks,
                text(chosen.layout()),
                chosen.measuredMs().median(),
                text(fastest.layout()),
                fastest.measuredMs().median()));
    }

    private static String text(Layout layout) {
        return "%d × %d (%s) m %d %s"
                .formatted(
                        layout.ranks(),
                        layout.pipeline().stages(),
                        layout.pipeline().split(),
                        layout.microBatches(),
                        layout.pipeline().stages() == 1 || layout.microBatches() == 1
                                ? ""
                                : layout.pipeline().schedule())
                .strip();
    }
}
