package dev.trireme.bench.page;

import dev.trireme.bench.GenerationStrategy;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.InferenceResult;
import dev.trireme.bench.InferenceSweep;
import dev.trireme.bench.Trial;
import dev.trireme.config.NullChecks;
import dev.trireme.report.Axis;
import dev.trireme.report.Chart;
import dev.trireme.report.Page;
import dev.trireme.report.Point;
import dev.trireme.report.Scale;
import dev.trireme.report.Section;
import dev.trireme.report.Series;
import dev.trireme.report.Series.Mark;
import dev.trireme.report.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Generation: speed, latency and memory over the length of the text, with and without a cache, under each strategy. */
public final class InferencePage {
    private static final Axis LENGTH = Axis.of("tokens of a prompt", "", Scale.LOG2);

    private InferencePage() {}

    /** A measurement that is done. */
    private record Done(InferenceConfig config, InferenceResult result, OptionalDouble predictedMs) {
        String name() {
            return "batch %d, %s%s"
                    .formatted(
                            config.batch(),
                            config.threads() == 1 ? "1 thread" : config.threads() + " threads",
                            config.cache() ? "" : ", no cache");
        }

        /** Of batch and threads: with and without a cache are drawn alike. */
        List<Integer> kind() {
            return List.of(config.batch(), config.threads());
        }

        double firstTokenMs() {
            return result.prefillMs();
        }
    }

    /**
     * The page.
     *
     * @param trials of one shape
     * @param command that measured them
     * @param leftOut what this machine is too small for; empty when nothing is
     * @return what there is to see so far
     */
    public static Page of(List<Trial<InferenceConfig, InferenceResult>> trials, String command, List<String> leftOut) {
        NullChecks.require("trials", trials, "command", command, "leftOut", leftOut);
        Sheet sheet = new Sheet("Inference: speed, latency and memory over the length of the text", command);
        List<Done> all = trials.stream()
                .flatMap(trial ->
                        trial.result().stream().map(result -> new Done(trial.setting(), result, trial.predictedMs())))
                .toList();
        List<Done> strategies = strategies(all);
        List<Done> lengths = overLengths(all);
        if (!lengths.isEmpty()) {
            answers(sheet, lengths);
            lengths(sheet, lengths);
        }
        if (strategies.size() > 1) {
            strategies(sheet, strategies);
        }
        if (!all.isEmpty()) {
            sheet.section(new Section("All measurements", List.of(Sheet.PREDICTIONS), List.of(table(all))));
        }
        sheet.missing(trials);
        leftOut.forEach(sheet::missing);
        all.forEach(done -> sheet.measurement(done.result()));
        return sheet.page();
    }

    /** Those on one device; a single point among lines, which is there for the strategies, is none of a line. */
    private static List<Done> overLengths(List<Done> all) {
        List<Done> one = all.stream()
                .filter(done -> done.config().strategy() == GenerationStrategy.ONE_DEVICE)
                .toList();
        Map<String, List<Done>> lines = lines(one);
        boolean hasLines = lines.values().stream().anyMatch(line -> line.size() > 1);
        return one.stream()
                .filter(done ->
                        !hasLines || lines.getOrDefault(done.name(), List.of()).size() > 1)
                .toList();
    }

    private static void answers(Sheet sheet, List<Done> lengths) {
        Map<String, List<Done>> lines = lines(lengths);
        for (List<Done> line : lines.values()) {
            Done first = line.get(0);
            Done last = line.get(line.size() - 1);
            if (line.size() == 1) {
                sheet.answer(
                        "With %s: %.1f tokens/s after %d tokens, the first after %.1f ms; %.0f %% of the machine's limit.",
                        first.name(),
                        first.result().tokensPerSecond(),
                        first.config().prompt(),
                        first.firstTokenMs(),
                        100 * first.result().ofLimit());
            } else if (first.config().cache()) {
                double perThousand = (last.result().decodeMs() - first.result().decodeMs())
                        / (last.config().prompt() - first.config().prompt())
                        * 1e3;
                List<Done> without = lines.getOrDefault(first.name() + ", no cache", List.of());
                sheet.answer(
                        "With %s: %.1f tokens/s after %d tokens, %.1f after %d: each 1,000 tokens more %s.%s",
                        first.name(),
                        first.result().tokensPerSecond(),
                        first.config().prompt(),
                        last.result().tokensPerSecond(),
                        last.config().prompt(),
                        perThousand > 0
                                ? Sheet.text(
                                        "make a step %.2f ms longer, since their keys and values are read again",
                                        perThousand)
                                : "make no step longer that this measurement could tell",
                        gain(line, without));
            }
        }
    }

    private static String gain(List<Done> with, List<Done> without) {
        if (without.isEmpty()) {
            return "";
        }
        Done longest = without.get(without.size() - 1);
        return with.stream()
                .filter(done -> done.config().prompt() == longest.config().prompt())
                .map(done -> Sheet.text(
                        " At %d tokens the cache makes decoding %.0f times as fast.",
                        done.config().prompt(),
                        done.result().tokensPerSecond() / longest.result().tokensPerSecond()))
                .findFirst()
                .orElse("");
    }

    private static Map<String, List<Done>> lines(List<Done> lengths) {
        Map<String, List<Done>> lines = new LinkedHashMap<>();
        lengths.forEach(done ->
                lines.computeIfAbsent(done.name(), none -> new ArrayList<>()).add(done));
        return lines;
    }

    private static void lengths(Sheet sheet, List<Done> all) {
        sheet.section(new Section(
                "Over the length of the prompt",
                List.of(Sheet.text(
                        "Shape %s, %s, %d new tokens after each prompt, whose time and memory are measured in a process of their "
                                + "own. Dashed lines have no cache: each step computes the whole text again.%s Bars span the fastest "
                                + "and the slowest step.",
                        all.get(0).config().shape(),
                        all.get(0).config().dtype(),
                        all.get(0).config().newTokens(),
                        longest(all, true) > InferenceSweep.MOST_TOKENS_WITHOUT_CACHE && longest(all, false) > 0
                                ? Sheet.text(
                                        " They end at %,d tokens in all, since longer ones would take more time than all others together.",
                                        InferenceSweep.MOST_TOKENS_WITHOUT_CACHE)
                                : "")),
                List.of(
                        chart(
                                "Tokens per second",
                                "speed",
                                "tokens/s",
                                all,
                                done -> Sheet.speed(
                                        done.config().prompt(),
                                        1e3 * done.config().batch(),
                                        done.result().decodeSpread())),
                        chart(
                                "Time between tokens",
                                "time",
                                "ms",
                                all,
                                done -> Sheet.point(
                                        done.config().prompt(), done.result().decodeSpread())),
                        chart(
                                "Time to the first token",
                                "time",
                                "ms",
                                all,
                                done -> Sheet.point(
                                        done.config().prompt(), done.result().prefillSpread())),
                        memory(all))));
    }

    /** Most tokens of all prompts together. */
    private static int longest(List<Done> all, boolean cache) {
        return all.stream()
                .map(Done::config)
                .filter(config -> config.cache() == cache)
                .mapToInt(config -> config.batch() * config.prompt())
                .max()
                .orElse(0);
    }

    private static Chart chart(String title, String label, String unit, List<Done> all, Function<Done, Point> point) {
        return chart(title, Axis.of(label, unit, Scale.LOG10), all, point);
    }

    private static Chart memory(List<Done> all) {
        return chart(
                "Memory of the process",
                Axis.of("largest resident size", "MB", Scale.FROM_ZERO),
                all,
                done -> Point.of(done.config().prompt(), done.result().peakMemoryMb()));
    }

    private static Chart chart(String title, Axis axis, List<Done> all, Function<Done, Point> point) {
        List<List<Integer>> kinds = all.stream().map(Done::kind).distinct().toList();
        List<Series> series = new ArrayList<>();
        lines(all)
                .forEach((name, line) -> series.add(new Series(
                        name,
                        line.get(0).config().cache() ? Mark.LINE : Mark.DASHED,
                        kinds.indexOf(line.get(0).kind()) % 8,
                        line.stream().map(point).toList())));
        return new Chart(title, LENGTH, axis, series);
    }

    /** All that differ from one on two devices in nothing but the strategy and its threads. */
    private static List<Done> strategies(List<Done> all) {
        List<Done> two = all.stream()
                .filter(done -> done.config().strategy() != GenerationStrategy.ONE_DEVICE)
                .toList();
        List<Done> rivals = new ArrayList<>();
        all.stream()
                .filter(done -> done.config().strategy() == GenerationStrategy.ONE_DEVICE)
                .filter(done -> two.stream().anyMatch(other -> isSame(done.config(), other.config())))
                .forEach(rivals::add);
        rivals.addAll(two);
        return rivals;
    }

    private static boolean isSame(InferenceConfig one, InferenceConfig other) {
        return one.batch() == other.batch() && one.prompt() == other.prompt() && one.cache() == other.cache();
    }

    private static String strategyName(Done done) {
        return done.config().strategy() + ", " + done.config().threads()
                + (done.config().threads() == 1 ? " thread" : " threads");
    }

    private static void strategies(Sheet sheet, List<Done> all) {
        sheet.answer(
                "%d prompts of %d tokens: %s.",
                all.get(0).config().batch(),
                all.get(0).config().prompt(),
                String.join(
                        "; ",
                        all.stream()
                                .map(done -> Sheet.text(
                                        "%s %,.1f tokens/s, first token after %.0f ms, %,.0f MB",
                                        strategyName(done),
                                        done.result().tokensPerSecond(),
                                        done.firstTokenMs(),
                                        done.result().peakMemoryMb()))
                                .toList()));
        Axis names =
                Axis.named("", all.stream().map(InferencePage::strategyName).toList());
        sheet.section(new Section(
                "The three strategies",
                List.of(
                        "Data parallel has a copy of the model on each of two devices, so twice the weights; model parallel and "
                                + "pipeline have half of the layers on each. With one group of prompts (model parallel) one device works at "
                                + "a time, with all threads; with two groups (pipeline) both do."),
                List.of(
                        bars(
                                "Tokens per second",
                                names,
                                "tokens/s",
                                all,
                                done -> Sheet.speed(
                                        0,
                                        1e3 * done.config().batch(),
                                        done.result().decodeSpread())),
                        bars(
                                "Time to the first token",
                                names,
                                "ms",
                                all,
                                done -> Sheet.point(0, done.result().prefillSpread())),
                        bars(
                                "Time between tokens",
                                names,
                                "ms",
                                all,
                                done -> Sheet.point(0, done.result().decodeSpread())),
                        bars(
                                "Memory of the process",
                                names,
                                "MB",
                                all,
                                done -> Point.of(0, done.result().peakMemoryMb())))));
    }

    private static Chart bars(String title, Axis names, String unit, List<Done> all, Function<Done, Point> point) {
        List<Point> points = IntStream.range(0, all.size())
                .mapToObj(i -> at(i, point.apply(all.get(i))))
                .toList();
        return new Chart(
                title,
                names,
                Axis.of("measured", unit, Scale.FROM_ZERO),
                List.of(new Series("measured", Mark.BARS, 0, points)));
    }

    private static Point at(double x, Point point) {
        return new Point(x, point.y(), point.low(), point.high(), point.note());
    }

    private static Table table(List<Done> all) {
        return new Table(
                "Greedy generation",
                List.of(
                        "strategy",
                        "batch",
                        "prompt",
                        "threads",
                        "cache",
                        "first token ms",
                        "between ms",
                        "min … max",
                        "predicted ms",
                        "tokens/s",
                        "of the limit %",
                        "peak MB"),
                all.stream().map(InferencePage::row).toList());
    }

    private static List<String> row(Done done) {
        InferenceResult result = done.result();
        return List.of(
                result.strategy(),
                Integer.toString(result.batch()),
                Integer.toString(result.prompt()),
                Integer.toString(result.threads()),
                result.cache() ? "yes" : "no",
                Sheet.text("%,.1f", result.prefillMs()),
                Sheet.text("%,.2f", result.decodeMs()),
                Sheet.text(
                        "%,.2f … %,.2f",
                        result.decodeSpread().min(), result.decodeSpread().max()),
                Sheet.orDash(done.predictedMs(), "%,.2f"),
                Sheet.text("%,.1f", result.tokensPerSecond()),
                Sheet.text("%.0f", 100 * result.ofLimit()),
                Sheet.text("%,.0f", result.peakMemoryMb()));
    }
}
