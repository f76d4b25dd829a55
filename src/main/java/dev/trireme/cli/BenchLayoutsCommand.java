package dev.trireme.cli;

import dev.trireme.bench.LayoutBench;
import dev.trireme.bench.LayoutResult;
import dev.trireme.cli.output.Activity;
import dev.trireme.config.Requirements;
import dev.trireme.plan.Layout;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
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

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            split = ",",
            description = "Models, one after the other (${DEFAULT-VALUE}).")
    private List<String> shapes = List.of("small", "llama-small", "medium");

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (${DEFAULT-VALUE}).")
    private int batch = 16;

    @Option(names = "--length", paramLabel = "N", description = "Tokens of a row (${DEFAULT-VALUE}).")
    private int length = 128;

    @Option(names = "--rounds", paramLabel = "N", description = "Turns of every layout (${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--peak",
            description = "Measure also the peak memory of processes with one layout each, of the first model.")
    private boolean peak;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    @Override
    public void run() {
        Requirements.within("batch", batch, 2, 1 << 16);
        Activity activity = Activity.of(spec, json, quiet);
        TemporaryFolder.use(folder -> measure(folder, activity));
    }

    /** Costs are measured anew, in the same minutes as the layouts. */
    private void measure(Path folder, Activity activity) {
        LayoutBench bench = new LayoutBench(folder, System.err, activity::begin);
        PrintWriter out = spec.commandLine().getOut();
        for (String shape : shapes) {
            List<LayoutResult> results = new ArrayList<>();
            for (LayoutResult result : bench.measure(shape, batch, length, rounds)) {
                activity.begin("peak of " + text(result.layout()));
                results.add(
                        peak && shape.equals(shapes.get(0)) && isTypical(result.layout())
                                ? bench.withPeak(result, batch, length)
                                : result);
            }
            activity.end();
            if (json) {
                results.forEach(result -> out.println(result.toJson()));
            } else {
                print(shape, results, out);
            }
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
