package dev.trireme.bench.page;

import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Trial;
import dev.trireme.config.Count;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
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
import dev.trireme.schedule.TimelineSvg;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A model whose layers are spread over devices that work one at a time: what it holds, and why it is no faster. */
public final class ModelParallelPage {
    private static final String WHOLE = "llama2-7b";

    private ModelParallelPage() {}

    /**
     * The page.
     *
     * @param trials of one shape with one micro-batch, on one device and on more
     * @param command that measured them
     * @param leftOut what this machine is too small for; empty when nothing is
     * @return what there is to see so far
     */
    public static Page of(List<Trial<PipelineSetting, PipelineRun>> trials, String command, List<String> leftOut) {
        NullChecks.require("trials", trials, "command", command, "leftOut", leftOut);
        Sheet sheet = new Sheet("Model parallel: one model's layers on 1, 2 and 4 devices", command);
        List<StageRun> all = StageRun.done(trials);
        if (!all.isEmpty()) {
            answers(sheet, all);
            String setting = Sheet.text(
                    "Training steps of %d rows × %d tokens, float32, AdamW, each device with %d thread. The bars span the fastest "
                            + "and the slowest of %d steps. Memory is that of weights, gradients, optimizer state and activations.",
                    all.get(0).result().microBatchSize(),
                    all.get(0).result().length(),
                    all.get(0).result().threads(),
                    all.get(0).result().steps());
            sheet.section(new Section(
                    "Speed and memory",
                    List.of(setting, Sheet.PREDICTIONS),
                    List.of(speeds(all), memory(all), table(all))));
            sheet.section(new Section(
                    "One device at a time",
                    List.of(
                            "Forward runs down the devices, backward up again; the grey is time in which a device waits. With "
                                    + "one micro-batch there is nothing else that it could do: a pipeline gives it more."),
                    timelines(all)));
        }
        sheet.missing(trials);
        leftOut.forEach(sheet::missing);
        all.forEach(run -> sheet.measurement(run.result()));
        return sheet.page();
    }

    private static void answers(Sheet sheet, List<StageRun> all) {
        StageRun most =
                all.stream().max(Comparator.comparingInt(StageRun::stages)).orElseThrow();
        sheet.answer(
                "It trains at %s: %s times the speed of the same steps on one device, measured in turn. Only one device works "
                        + "at a time, and each layer waits for the one before: a step is the sum of all devices' work, wherever they "
                        + "are.",
                joined(
                        all,
                        run -> Sheet.text(
                                "%,.0f tokens/s on %s",
                                run.tokens() / run.stepMs().median() * 1e3, Count.of(run.stages(), "device"))),
                joined(all, run -> Sheet.text("%.2f", run.speedUp())));
        sheet.answer(
                "The fullest of %s devices holds %s MB: what one device cannot hold, several can. %d devices were idle %.0f %% of "
                        + "the time, where (p − 1) / p is %.0f %%.",
                joined(all, run -> Integer.toString(run.stages())),
                joined(all, run -> Sheet.text("%,.0f", run.fullestMegabytes())),
                most.stages(),
                100 * most.result().bubble(),
                100 * (1 - 1.0 / most.stages()));
        sheet.answer("%s", scale(all));
    }

    private static String scale(List<StageRun> all) {
        ModelConfig model = ModelConfig.ofShape(all.get(0).result().shape());
        ModelConfig whole = ModelConfig.ofShape(WHOLE);
        if (!all.get(0).result().shape().startsWith(WHOLE + "/")) {
            return Sheet.text(
                    "%s has %.1f million parameters.", all.get(0).result().shape(), parameters(model) / 1e6);
        }
        return Sheet.text(
                "Scale: %s has the %d layers of LLaMA-2-7B, hidden %,d instead of %,d, a vocabulary of %,d instead of %,d: "
                        + "%.1f of %,.0f million parameters.",
                all.get(0).result().shape(),
                model.layers(),
                model.hidden(),
                whole.hidden(),
                model.vocabulary(),
                whole.vocabulary(),
                parameters(model) / 1e6,
                parameters(whole) / 1e6);
    }

    private static double parameters(ModelConfig model) {
        return ParameterInfo.count(Stage.parametersOf(model));
    }

    private static String joined(List<StageRun> all, Function<StageRun, String> figure) {
        return Sheet.list(all.stream().map(figure).toList());
    }

    private static Axis devices(List<StageRun> all) {
        return Axis.named(
                "devices",
                all.stream().map(run -> Integer.toString(run.stages())).toList());
    }

    private static Chart speeds(List<StageRun> all) {
        List<Point> predicted = new ArrayList<>();
        IntStream.range(0, all.size())
                .forEach(i -> all.get(i)
                        .predictedMs()
                        .ifPresent(ms -> predicted.add(Point.of(i, all.get(i).tokens() / ms * 1e3))));
        return new Chart(
                "Throughput",
                devices(all),
                Axis.of("speed", "tokens/s", Scale.FROM_ZERO),
                List.of(
                        new Series(
                                "measured",
                                Mark.BARS,
                                0,
                                IntStream.range(0, all.size())
                                        .mapToObj(i -> Sheet.speed(
                                                i,
                                                1e3 * all.get(i).tokens(),
                                                all.get(i).stepMs()))
                                        .toList()),
                        new Series("predicted by the planner", Mark.BARS, 1, predicted)));
    }

    private static Chart memory(List<StageRun> all) {
        int most = all.stream().mapToInt(StageRun::stages).max().orElse(1);
        List<Series> series = IntStream.range(0, most)
                .mapToObj(device -> new Series(
                        "device " + device,
                        Mark.BARS,
                        device % 8,
                        IntStream.range(0, all.size())
                                .filter(i -> device < all.get(i).stages())
                                .mapToObj(i -> Point.of(i, all.get(i).deviceMegabytes(device)))
                                .toList()))
                .toList();
        return new Chart("Memory of each device", devices(all), Axis.of("memory", "MB", Scale.FROM_ZERO), series);
    }

    private static Table table(List<StageRun> all) {
        return new Table(
                "Measured and predicted",
                List.of(
                        "devices",
                        "layers",
                        "step ms",
                        "min … max",
                        "one device, in turn, ms",
                        "predicted ms",
                        "tokens/s",
                        "idle %",
                        "MB of devices"),
                all.stream().map(ModelParallelPage::row).toList());
    }

    private static List<String> row(StageRun run) {
        return List.of(
                Integer.toString(run.stages()),
                run.result().split(),
                Sheet.text("%,.1f", run.stepMs().median()),
                Sheet.text("%,.1f … %,.1f", run.stepMs().min(), run.stepMs().max()),
                Sheet.text("%,.1f", run.result().oneStageMs()),
                Sheet.orDash(run.predictedMs(), "%,.1f"),
                Sheet.text("%,.0f", run.result().tokensPerSecond()),
                Sheet.text("%.1f", 100 * run.result().bubble()),
                IntStream.range(0, run.stages())
                        .mapToObj(device -> Sheet.text("%,.0f", run.deviceMegabytes(device)))
                        .collect(Collectors.joining(" + ")));
    }

    private static List<Block> timelines(List<StageRun> all) {
        return all.stream()
                .filter(run -> run.stages() > 1)
                .<Block>map(run -> new Drawing(
                        run.stages() + " devices, the median step",
                        TimelineSvg.draw("", run.run().theory(), run.run().measured())))
                .toList();
    }
}
