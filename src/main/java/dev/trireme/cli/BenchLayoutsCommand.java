package dev.trireme.cli;

import dev.trireme.bench.LayoutBench;
import dev.trireme.bench.LayoutResult;
import dev.trireme.bench.LayoutSetting;
import dev.trireme.bench.page.LayoutsPage;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.config.Requirements;
import dev.trireme.cost.CostMeter;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import dev.trireme.plan.NumberType;
import dev.trireme.plan.Planner;
import dev.trireme.plan.Prediction;
import dev.trireme.plan.ThisMachine;
import dev.trireme.report.ReportFolder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
final class BenchLayoutsCommand implements Runnable {
    private static final double CLOSE = 0.15;
    private static final double PEAK_CLOSE = 0.10;
    private static final List<String> USUAL_SHAPES = List.of("small", "llama-small", "medium");
    private static final List<String> QUICK_SHAPES = List.of("small");
    private static final int USUAL_LENGTH = 128;
    private static final int QUICK_LENGTH = 32;
    private static final int USUAL_ROUNDS = 5;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            split = ",",
            description = "Models, one after the other (small,llama-small,medium; small with --quick).")
    private List<String> shapes = List.of();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (${DEFAULT-VALUE}).")
    private int batch = 16;

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
        Requirements.within("batch", batch, 2, 1 << 16);
        List<String> all = shapes.isEmpty() ? report.isQuick() ? QUICK_SHAPES : USUAL_SHAPES : shapes;
        all.forEach(shape -> new LayoutSetting(shape, batch, tokens(), turns(), List.of(), ""));
        Activity activity = Activity.of(spec, json, quiet);
        ReportFolder page = report.open();
        TemporaryFolder.use(folder -> measure(all, folder, activity, page));
        activity.end();
        activity.remark("page: " + page.page());
    }

    private int tokens() {
        return length.orElse(report.isQuick() ? QUICK_LENGTH : USUAL_LENGTH);
    }

    private int turns() {
        return rounds.orElse(report.isQuick() ? 1 : USUAL_ROUNDS);
    }

    /** Costs are measured anew, in the same minutes as the layouts. */
    private void measure(List<String> all, Path folder, Activity activity, ReportFolder page) {
        LayoutBench bench = new LayoutBench(folder, System.err, activity::begin);
        CostMeter meter = new CostMeter(folder);
        Machine machine = ThisMachine.measured(meter, System.err); // known
        PrintWriter out = spec.commandLine().getOut();
        Map<String, List<LayoutResult>> done = new LinkedHashMap<>();
        Map<String, Layout> chosen = new LinkedHashMap<>();
        for (String shape : all) {
            page.write(LayoutsPage.of(done, chosen, missing(all, done), report.command()));
            try {
                done.put(shape, measure(bench, shape, peak && shape.equals(all.get(0)), activity));
                choice(
                                Objects.requireNonNull(done.get(shape)),
                                Planner.byMeasuring(job(shape), machine, meter, activity::begin))
                        .ifPresent(layout -> chosen.put(shape, layout));
            } catch (RuntimeException e) {
                List<String> missing = new ArrayList<>(missing(all.subList(all.indexOf(shape) + 1, all.size()), done));
                missing.add("shape " + shape + " failed: " + e.getMessage());
                page.write(LayoutsPage.of(done, chosen, missing, report.command()));
                throw e;
            }
            activity.end();
            List<LayoutResult> results = Objects.requireNonNull(done.get(shape));
            if (json) {
                results.forEach(result -> out.println(result.toJson()));
            } else {
                print(shape, results, out);
            }
        }
        page.write(LayoutsPage.of(done, chosen, missing(all, done), report.command()));
    }

    private List<LayoutResult> measure(LayoutBench bench, String shape, boolean peaks, Activity activity) {
        List<LayoutResult> results = new ArrayList<>();
        for (LayoutResult result : bench.measure(shape, batch, tokens(), turns())) {
            if (peaks && isTypical(result.layout())) {
                activity.begin("peak of " + text(result.layout()));
                results.add(bench.withPeak(result, batch, tokens()));
            } else {
                results.add(result);
            }
        }
        return results;
    }

    private static List<String> missing(List<String> all, Map<String, List<LayoutResult>> done) {
        return all.stream()
                .filter(shape -> !done.containsKey(shape))
                .map(shape -> "shape " + shape + " was not measured")
                .toList();
    }

    private Job job(String shape) {
        return new Job(shape, ModelConfig.ofShape(shape), NumberType.FLOAT32, batch, tokens(), 0);
    }

    /** The planner's first choice of what was measured. */
    private static Optional<Layout> choice(List<LayoutResult> results, Planner planner) {
        return planner.compare(results.stream().map(LayoutResult::layout).toList())
                .best()
                .map(Prediction::layout);
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
