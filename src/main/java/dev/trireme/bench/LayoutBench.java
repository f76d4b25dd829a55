package dev.trireme.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.cost.CostMeter;
import dev.trireme.launch.Rendezvous;
import dev.trireme.launch.TaskJob;
import dev.trireme.plan.DeviceBytes;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import dev.trireme.plan.Planner;
import dev.trireme.plan.Prediction;
import dev.trireme.plan.ThisMachine;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Holds the planner against reality: layouts are predicted from single stages and measured, in turn.
 *
 * <pre>
 *   1 and 2 ranks × 1, 2 and 4 stages × m = 1, 4, 8 × gpipe, 1f1b, zero-bubble      where they differ: 34 layouts
 * </pre>
 */
public final class LayoutBench {
    private static final String SMALLEST = "tiny";
    private static final List<String> SCHEDULES = List.of("gpipe", "1f1b", "zero-bubble");

    private final Path folder;
    private final CostMeter meter;
    private final Machine machine;
    private final OutputStream errors;
    private final Map<String, Double> bases = new HashMap<>();
    private final Consumer<String> progress;

    /**
     * A bench on this machine, which it measures.
     *
     * @param folder an empty one, for costs
     * @param errors where the ranks' standard error goes
     * @param progress told what is going on
     */
    public LayoutBench(Path folder, OutputStream errors, Consumer<String> progress) {
        NullChecks.require("folder", folder, "errors", errors, "progress", progress);
        this.folder = folder;
        this.meter = new CostMeter(folder);
        this.errors = errors;
        this.progress = progress;
        progress.accept("measuring this machine");
        this.machine = ThisMachine.measured(meter, errors);
    }

    /**
     * The layouts that are held against reality.
     *
     * @param rows of a step
     * @return those that can be cut so
     */
    public static List<Layout> layouts(int rows) {
        List<Layout> all = new ArrayList<>();
        for (int ranks : new int[] {1, 2}) {
            for (int stages : new int[] {1, 2, 4}) {
                for (int microBatches : new int[] {1, 4, 8}) {
                    for (String schedule : stages == 1 || microBatches == 1 ? List.of("1f1b") : SCHEDULES) {
                        String split = stages == 1 ? "even" : "balanced";
                        PipelineLayout pipeline =
                                new PipelineLayout(stages, split, schedule, 1, ActivationCheckpointing.NEVER);
                        all.add(new Layout(ranks, pipeline, microBatches, 1));
                    }
                }
            }
        }
        return all.stream()
                .filter(layout -> rows % (layout.ranks() * layout.microBatches()) == 0)
                .toList();
    }

    /**
     * Predicts, then measures.
     *
     * @param setting which layouts of which shape, in how many rounds
     * @param report told what there is when all are predicted and after each round
     * @return every layout of the setting, in its order
     * @throws BenchFailure when a rank fails; what was reported stays true
     */
    public ShapeLayouts measure(LayoutSetting setting, Consumer<ShapeLayouts> report) {
        NullChecks.require("setting", setting, "report", report);
        Planner planner = Planner.byMeasuring(setting.job(), machine, meter, progress);
        List<Prediction> predicted =
                setting.layouts().stream().map(planner::predict).toList();
        ShapeLayouts known = new ShapeLayouts(
                setting, List.of(), planner.compare(setting.layouts()).best().map(Prediction::layout));
        Map<Layout, LayoutResult> results = new HashMap<>();
        report.accept(known);
        for (List<Prediction> some : portions(predicted)) {
            progress.accept("measuring " + some.size() + " layouts of " + setting.shape() + " in " + setting.rounds()
                    + " rounds");
            run(portion(setting, some), times -> {
                for (int i = 0; i < some.size(); i++) {
                    results.put(some.get(i).layout(), result(setting.shape(), some.get(i), times, i));
                }
                report.accept(with(known, predicted, results));
            });
        }
        return with(known, predicted, results);
    }

    private static ShapeLayouts with(
            ShapeLayouts known, List<Prediction> predicted, Map<Layout, LayoutResult> results) {
        return new ShapeLayouts(
                known.setting(),
                predicted.stream()
                        .flatMap(each -> Optional.ofNullable(results.get(each.layout())).stream())
                        .toList(),
                known.chosen());
    }

    /** With the splits of the predictions. What was measured just now is fresh enough for a single round. */
    private LayoutSetting portion(LayoutSetting setting, List<Prediction> some) {
        return new LayoutSetting(
                setting.shape(),
                setting.rows(),
                setting.length(),
                setting.rounds(),
                some.stream().map(Prediction::layout).toList(),
                setting.rounds() == 1 ? "" : folder.toString());
    }

    /** Dealt out, so that what takes turns in one process fits into memory. */
    private List<List<Prediction>> portions(List<Prediction> all) {
        long most = machine.memory().usable() / 2;
        long bytes = all.stream().mapToLong(Prediction::needed).sum();
        int count = (int) Math.min(all.size(), 1 + bytes / most);
        return IntStream.range(0, count)
                .mapToObj(portion -> IntStream.iterate(portion, i -> i < all.size(), i -> i + count)
                        .mapToObj(all::get)
                        .toList())
                .toList();
    }

    private static LayoutResult result(String shape, Prediction predicted, LayoutTimes times, int number) {
        return new LayoutResult(
                shape,
                predicted.layout(),
                predicted(predicted, times.predicted().get(number)),
                milliseconds(times.seconds().get(number)),
                times.rounds(),
                predicted.devices().stream().map(DeviceBytes::total).toList(),
                times.stageBytes().get(number),
                0,
                0);
    }

    /** The median of the rounds' predictions, where each measured costs of its own. */
    private static double predicted(Prediction first, List<Double> rounds) {
        return rounds.isEmpty()
                ? first.time().seconds() * 1e3
                : milliseconds(rounds).median();
    }

    private static Spread milliseconds(List<Double> seconds) {
        return Spread.of(seconds.stream().mapToDouble(each -> each * 1e3).toArray());
    }

    /**
     * Measures what a process with one layout takes at most.
     *
     * @param result of {@link #measure}
     * @param rows of a step over all ranks
     * @param length tokens of a row
     * @return the same, with the peak: predicted is what the same process takes with next to no model, and the stages
     */
    public LayoutResult withPeak(LayoutResult result, int rows, int length) {
        NullChecks.require("result", result);
        String kind =
                result.layout().ranks() + " × " + result.layout().pipeline().stages();
        double base = bases.computeIfAbsent(
                kind,
                none -> run(new LayoutSetting(SMALLEST, rows, length, 1, List.of(evenly(result.layout())), ""))
                        .peakMegabytes());
        double peak = run(new LayoutSetting(result.shape(), rows, length, 1, List.of(result.layout()), ""))
                .peakMegabytes();
        double stages =
                result.predictedBytes().stream().mapToLong(Long::longValue).sum() / 1048576.0;
        return new LayoutResult(
                result.shape(),
                result.layout(),
                result.predictedMs(),
                result.measuredMs(),
                result.rounds(),
                result.predictedBytes(),
                result.measuredBytes(),
                base + stages,
                peak);
    }

    /** Of a model with other layers. */
    private static Layout evenly(Layout layout) {
        return new Layout(layout.ranks(), layout.pipeline().withSplit("even"), layout.microBatches(), layout.threads());
    }

    private LayoutTimes run(LayoutSetting setting) {
        return run(setting, times -> {});
    }

    private LayoutTimes run(LayoutSetting setting, Consumer<LayoutTimes> afterRound) {
        return new TaskJob<>(LayoutRank.class, LayoutTimes.class, setting.ranks(), 1, Rendezvous.DEFAULT_TIMEOUT)
                .run(setting, line -> afterRound.accept(times(line)), errors, BenchFailure::new);
    }

    private static LayoutTimes times(String line) {
        try {
            return Json.READER.forType(LayoutTimes.class).readValue(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rank 0 told no times: " + line, e);
        }
    }
}
