package dev.trireme.train.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import dev.trireme.machine.MachineFacts;
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
import dev.trireme.train.EpochMetrics;
import dev.trireme.train.EpochSamples;
import dev.trireme.train.MemoryMetrics;
import dev.trireme.train.StepMetrics;
import dev.trireme.train.Translation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** A run as a page, at any time from its start on. Safe for any thread. */
public final class RunPage {
    private static final String METRICS = "metrics.jsonl";
    private static final String TIMELINE = "timeline.svg";
    private static final int MOST_POINTS = 600; // of a line: more are neither seen nor quick to fetch
    private static final int MOST_SAMPLES = 20;
    private static final Axis STEP = Axis.of("step", "", Scale.FITTED);

    private final Path folder;
    private final String command;
    private final RunMetrics metrics;

    /**
     * The page of a run.
     *
     * @param folder of the run
     * @param command that started it
     */
    public RunPage(Path folder, String command) {
        NullChecks.require("folder", folder, "command", command);
        this.folder = folder;
        this.command = command;
        this.metrics = new RunMetrics(folder.resolve(METRICS));
    }

    /**
     * The page as it is now.
     *
     * @param isRunning whether more is to come
     * @return what the run has said so far
     * @throws dev.trireme.config.BadInputException when its metrics cannot be read
     */
    public synchronized Page now(boolean isRunning) {
        metrics.readOn();
        List<Section> sections = new ArrayList<>();
        if (!metrics.steps().isEmpty()) {
            sections.add(learning());
            sections.add(time());
        }
        metrics.memory().ifPresent(memory -> sections.add(memory(memory)));
        if (!metrics.translations().isEmpty() || !metrics.samples().isEmpty()) {
            sections.add(samples());
        }
        Map<String, String> machine = new LinkedHashMap<>(metrics.machine());
        machine.put("page written", MachineFacts.now());
        List<JsonNode> numbers = new ArrayList<>();
        metrics.epochs().forEach(epoch -> numbers.add(Json.snakeCaseTree(epoch)));
        metrics.result().ifPresent(result -> numbers.add(Json.snakeCaseTree(result)));
        return new Page(
                "Training run " + folder.toAbsolutePath().getFileName(),
                command,
                answers(),
                missing(isRunning),
                sections,
                machine,
                numbers,
                Map.of());
    }

    private List<String> answers() {
        List<String> lines = new ArrayList<>();
        metrics.result()
                .ifPresent(result -> lines.add(text(
                        "Done: test loss %.4f, BLEU %.2f, %,.0f tokens/s on average.",
                        result.testLoss(), result.bleu(), result.tokensPerSecond())));
        if (!metrics.epochs().isEmpty()) {
            EpochMetrics last = metrics.epochs().get(metrics.epochs().size() - 1);
            lines.add(text(
                    "Epoch %d took %.1f s: train loss %.4f, validation loss %.4f, %,.0f tokens/s.",
                    last.epoch(), last.seconds(), last.trainLoss(), last.validationLoss(), last.tokensPerSecond()));
        }
        if (!metrics.steps().isEmpty()) {
            StepMetrics last = metrics.steps().get(metrics.steps().size() - 1);
            lines.add(text(
                    "Step %,d, in epoch %d: loss %.4f, learning rate %.2e.",
                    last.step(), last.epoch(), last.loss(), last.learningRate()));
        }
        if (metrics.skipped() > 0) {
            lines.add(text("%,d steps were skipped, since their loss or gradient was not finite.", metrics.skipped()));
        }
        if (metrics.restarts() > 0) {
            lines.add(text("The run went on from a checkpoint %,d times.", metrics.restarts()));
        }
        return lines;
    }

    private List<String> missing(boolean isRunning) {
        if (metrics.result().isPresent()) {
            return List.of();
        }
        return List.of(
                isRunning
                        ? "The run goes on; this page follows it."
                        : text(
                                "The run has not ended, or was stopped before its end: test loss, BLEU and translations are missing; %,d steps are "
                                        + "here.",
                                metrics.steps().size()));
    }

    private Section learning() {
        List<Point> validation = new ArrayList<>();
        for (EpochMetrics epoch : metrics.epochs()) {
            metrics.steps().stream()
                    .filter(step -> step.epoch() == epoch.epoch() && Double.isFinite(epoch.validationLoss()))
                    .mapToLong(StepMetrics::step)
                    .max()
                    .ifPresent(step -> validation.add(Point.of((double) step, epoch.validationLoss())));
        }
        List<Block> blocks = new ArrayList<>(List.of(
                new Chart(
                        "Loss",
                        STEP,
                        Axis.of("loss", "nats a token", Scale.FROM_ZERO),
                        List.of(
                                new Series("training", Mark.LINE, 0, points(StepMetrics::loss)),
                                new Series("validation", Mark.LINE, 1, validation))),
                line("Learning rate", Axis.of("rate", "", Scale.FROM_ZERO), StepMetrics::learningRate),
                line(
                        "Tokens per second",
                        Axis.of("speed", "tokens/s", Scale.FROM_ZERO),
                        StepMetrics::tokensPerSecond)));
        if (!metrics.epochs().isEmpty()) {
            blocks.add(new Table(
                    "Epochs",
                    List.of("epoch", "seconds", "tokens/s", "train loss", "validation loss"),
                    metrics.epochs().stream().map(RunPage::row).toList()));
        }
        return new Section("Learning and speed", List.of(), blocks);
    }

    private static List<String> row(EpochMetrics epoch) {
        return List.of(
                Integer.toString(epoch.epoch()),
                text("%.1f", epoch.seconds()),
                text("%,.0f", epoch.tokensPerSecond()),
                text("%.4f", epoch.trainLoss()),
                text("%.4f", epoch.validationLoss()));
    }

    private Chart line(String title, Axis y, ToDoubleFunction<StepMetrics> figure) {
        return new Chart(title, STEP, y, List.of(new Series(title, Mark.LINE, 2, points(figure))));
    }

    private Section time() {
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Chart(
                "A step's time",
                STEP,
                Axis.of("time", "ms", Scale.FROM_ZERO),
                List.of(
                        new Series("whole step", Mark.LINE, 0, points(StepMetrics::stepMs)),
                        new Series("computing", Mark.LINE, 2, points(StepMetrics::computeMs)),
                        new Series("waiting in the all-reduce", Mark.LINE, 1, points(StepMetrics::commMs)),
                        new Series("waiting for data", Mark.LINE, 3, points(StepMetrics::dataMs)),
                        new Series("garbage collection", Mark.LINE, 6, points(StepMetrics::gcMs)))));
        metrics.stages().ifPresent(report -> blocks.add(devices(report.path("devices"))));
        Path picture = folder.resolve(TIMELINE);
        if (metrics.stages().isPresent() && Files.exists(picture)) {
            try {
                blocks.add(new Drawing(
                        "Rank 0's tasks in the median of the last steps, in theory and measured",
                        Files.readString(picture)));
            } catch (IOException e) {
                blocks.add(new Table(picture + " cannot be read: " + e, List.of(), List.of()));
            }
        }
        return new Section("Where a step's time went", List.of("Times are those of rank 0."), blocks);
    }

    private static Chart devices(JsonNode devices) {
        Map<String, String> parts = new LinkedHashMap<>();
        parts.put("busy", "computing");
        parts.put("waiting", "waiting for input");
        parts.put("copying", "copying");
        parts.put("all_reduce", "waiting in the all-reduce");
        List<Series> series = new ArrayList<>();
        parts.forEach((key, name) -> series.add(new Series(
                name,
                Mark.STACKED,
                series.size(),
                IntStream.range(0, devices.size())
                        .mapToObj(i -> Point.of(i, devices.get(i).path(key).asDouble() / 1e6))
                        .toList())));
        return new Chart(
                "Devices of rank 0 in the median of the last steps",
                Axis.named("", names("device ", devices.size())),
                Axis.of("time", "ms", Scale.FROM_ZERO),
                series);
    }

    private static Section memory(MemoryMetrics memory) {
        Axis stages = Axis.named("", names("stage ", memory.stageMemoryMb().size()));
        return new Section(
                "Memory",
                List.of(text(
                        "Of rank 0's stages with micro-batches of up to %d rows × %d tokens.",
                        memory.microBatchSize(), memory.length())),
                List.of(new Chart(
                        "Weights, gradients, optimizer state and activations",
                        stages,
                        Axis.of("memory", "MB", Scale.FROM_ZERO),
                        List.of(
                                new Series("held", Mark.BARS, 0, indexed(memory.stageMemoryMb())),
                                new Series(
                                        "predicted peak", Mark.BARS, 1, indexed(memory.stageMemoryPredictedMb()))))));
    }

    private Section samples() {
        List<String> heads = List.of("source", "reference", "translation");
        List<Block> tables = new ArrayList<>();
        List<EpochSamples> epochs = metrics.samples();
        for (EpochSamples last : epochs.subList(Math.max(0, epochs.size() - 1), epochs.size())) {
            tables.add(new Table("Validation data after epoch " + last.epoch(), heads, rows(last.samples())));
        }
        if (!metrics.translations().isEmpty()) {
            tables.add(new Table("Test data", heads, rows(metrics.translations())));
        }
        return new Section("Samples", List.of(), tables);
    }

    private static List<List<String>> rows(List<Translation> translations) {
        return translations.stream()
                .limit(MOST_SAMPLES)
                .map(each -> List.of(each.source(), each.reference(), each.translation()))
                .toList();
    }

    private static List<Point> indexed(List<Double> values) {
        return IntStream.range(0, values.size())
                .mapToObj(i -> Point.of(i, values.get(i)))
                .toList();
    }

    private static List<String> names(String before, int count) {
        return IntStream.range(0, count).mapToObj(i -> before + i).toList();
    }

    /** At most so many points: each is the mean over as many steps, at the last of them. */
    private List<Point> points(ToDoubleFunction<StepMetrics> figure) {
        List<StepMetrics> steps = metrics.steps();
        int together = (steps.size() + MOST_POINTS - 1) / MOST_POINTS;
        List<Point> points = new ArrayList<>();
        for (int begin = 0; begin < steps.size(); begin += together) {
            List<StepMetrics> some = steps.subList(begin, Math.min(steps.size(), begin + together));
            double mean = some.stream().mapToDouble(figure).average().orElseThrow();
            if (!Double.isFinite(mean)) {
                continue; // a loss that is not finite has no place
            }
            points.add(Point.of((double) some.get(some.size() - 1).step(), mean));
        }
        return points;
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
