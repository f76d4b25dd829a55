package dev.trireme.bench.page;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.BenchResult;
import dev.trireme.bench.EpochParts;
import dev.trireme.bench.Outliers;
import dev.trireme.bench.Trial;
import dev.trireme.config.Count;
import dev.trireme.config.NullChecks;
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
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** One rank against two: speed, epochs, and what explains those that stand out. */
public final class DataParallelPage {
    private static final List<String> HEADS = List.of(
            "setting",
            "epoch",
            "s",
            "tokens/s",
            "data loading ms",
            "all-reduce ms",
            "garbage collection ms",
            "stolen ms",
            "other programs ms",
            "major faults");

    private static final int FEW_EPOCHS = 3; // of fewer, a spread says nothing

    private DataParallelPage() {}

    /** A measurement that is done. */
    private record Done(BenchConfig config, BenchResult result, Optional<Double> predictedMs) {
        String name() {
            return Count.of(config.worldSize(), "rank") + " × " + Count.of(config.threads(), "thread");
        }

        double tokens() {
            return (double) result.batch() * result.length();
        }

        EpochSpread epochs() {
            return EpochSpread.of(result.epochs());
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
    public static Page of(List<Trial<BenchConfig, BenchResult>> trials, String command, List<String> leftOut) {
        NullChecks.require("trials", trials, "command", command, "leftOut", leftOut);
        Sheet sheet = new Sheet("Data parallel: the same steps on 1 and 2 ranks", command);
        List<Done> all = trials.stream()
                .flatMap(
                        trial -> trial.result().stream().map(result -> new Done(trial.setting(), result, boxed(trial))))
                .toList();
        answers(sheet, all);
        sheet.missing(trials);
        leftOut.forEach(sheet::missing);
        if (!all.isEmpty()) {
            sheet.section(new Section(
                    "Speed",
                    List.of(
                            Sheet.text(
                                    "Shape %s, batches of %d rows × %d tokens over all ranks, float32, AdamW. The limit is what the "
                                            + "step's matrix products alone take. Bars span the slowest and the fastest epoch.",
                                    all.get(0).config().shape(),
                                    all.get(0).config().batch(),
                                    all.get(0).config().length()),
                            Sheet.PREDICTIONS),
                    List.of(speeds(all), epochs(all))));
            sheet.section(new Section(
                    "Where an epoch's time went",
                    List.of(
                            "Times are those of rank 0. Garbage collection is a part of the others. Stolen time and that of "
                                    + "other programs are those of all cores together; they may have been on cores that this job left."),
                    parts(all)));
        }
        all.forEach(done -> sheet.measurement(done.result()));
        return sheet.page();
    }

    private static Optional<Double> boxed(Trial<BenchConfig, BenchResult> trial) {
        return trial.predictedMs().isPresent() ? Optional.of(trial.predictedMs().getAsDouble()) : Optional.empty();
    }

    private static void answers(Sheet sheet, List<Done> all) {
        find(all, 1, 1).ifPresent(one -> find(all, 2, 1).ifPresent(two -> compare(sheet, one, two)));
        find(all, 1, 2)
                .ifPresent(threads -> sheet.answer(
                        "The same two cores as two threads of 1 rank: %,.0f tokens/s.",
                        threads.result().tokensPerSecond()));
        for (Done done : all) {
            if (done.result().epochs().size() < FEW_EPOCHS) {
                sheet.answer(
                        "%s: %.0f %% of the machine's limit; too few epochs for a spread, use --epochs.",
                        done.name(), 100 * done.result().gemmShare());
                continue;
            }
            EpochSpread spread = done.epochs();
            sheet.answer(
                    "%s: an epoch of %d steps takes %.2f s on average, ± %.2f s over %d epochs (%.2f to %.2f s); %.0f %% of the "
                            + "machine's limit.",
                    done.name(),
                    done.config().steps(),
                    spread.mean(),
                    spread.deviation(),
                    done.result().epochs().size(),
                    spread.least(),
                    spread.most(),
                    100 * done.result().gemmShare());
        }
        List<String> outliers = all.stream()
                .flatMap(done -> Outliers.of(done.result().epochs()).stream().map(line -> done.name() + ": " + line))
                .toList();
        outliers.forEach(line -> sheet.answer("%s", line));
        boolean enough = all.stream().anyMatch(done -> done.result().epochs().size() >= FEW_EPOCHS);
        if (outliers.isEmpty() && enough) {
            sheet.answer("No epoch stands out by a tenth of the median and three times the usual distance from it.");
        }
    }

    private static void compare(Sheet sheet, Done one, Done two) {
        double gain = two.result().tokensPerSecond() / one.result().tokensPerSecond();
        String predicted = one.predictedMs().isPresent() && two.predictedMs().isPresent()
                ? Sheet.text(
                        "; predicted was %.2f",
                        one.predictedMs().get() / two.predictedMs().get())
                : "";
        sheet.answer(
                "2 ranks train at %.2f times the speed of 1, where 2 is ideal%s: %,.0f against %,.0f tokens/s at the median step. "
                        + "Rank 0 waits %.1f ms of its %.1f ms step in the all-reduce.",
                gain,
                predicted,
                two.result().tokensPerSecond(),
                one.result().tokensPerSecond(),
                two.result().commMs(),
                two.result().stepMs().median());
    }

    private static Optional<Done> find(List<Done> all, int ranks, int threads) {
        return all.stream()
                .filter(done ->
                        done.config().worldSize() == ranks && done.config().threads() == threads)
                .findFirst();
    }

    private static Chart speeds(List<Done> all) {
        List<Point> measured = new ArrayList<>();
        List<Point> predicted = new ArrayList<>();
        List<Point> limit = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            Done done = all.get(i);
            EpochSpread speed = EpochSpread.of(done.result().epochs(), EpochParts::tokensPerSecond);
            measured.add(new Point(i, speed.mean(), speed.least(), speed.most(), ""));
            done.predictedMs().ifPresent(ms -> predicted.add(Point.of(place, done.tokens() / ms * 1e3)));
            limit.add(Point.of(i, done.result().limitTokensPerSecond()));
        }
        return new Chart(
                "Tokens per second",
                Axis.named("", all.stream().map(Done::name).toList()),
                Axis.of("speed", "tokens/s", Scale.FROM_ZERO),
                List.of(
                        new Series("measured, mean of epochs", Mark.BARS, 0, measured),
                        new Series("predicted by the planner", Mark.BARS, 1, predicted),
                        new Series("limit: matrix products alone", Mark.BARS, 7, limit)));
    }

    private static Chart epochs(List<Done> all) {
        return new Chart(
                "Seconds of each epoch",
                Axis.named("epoch", numbers(all.get(0).result().epochs().size())),
                Axis.of("time", "s", Scale.FROM_ZERO),
                IntStream.range(0, all.size())
                        .mapToObj(i -> new Series(
                                all.get(i).name(),
                                Mark.LINE,
                                i % 8,
                                points(all.get(i).result().epochs(), EpochParts::seconds)))
                        .toList());
    }

    private static List<Block> parts(List<Done> all) {
        List<Block> blocks = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (Done done : all) {
            List<EpochParts> epochs = done.result().epochs();
            blocks.add(new Chart(
                    done.name(),
                    Axis.named("epoch", numbers(epochs.size())),
                    Axis.of("time", "s", Scale.FROM_ZERO),
                    List.of(
                            new Series(
                                    "computing",
                                    Mark.STACKED,
                                    0,
                                    points(
                                            epochs,
                                            epoch -> Math.max(
                                                    0, epoch.seconds() - (epoch.dataMs() + epoch.commMs()) / 1e3))),
                            new Series(
                                    "waiting in the all-reduce",
                                    Mark.STACKED,
                                    1,
                                    points(epochs, epoch -> epoch.commMs() / 1e3)),
                            new Series(
                                    "waiting for data",
                                    Mark.STACKED,
                                    2,
                                    points(epochs, epoch -> epoch.dataMs() / 1e3)))));
            epochs.forEach(epoch -> rows.add(row(done, epoch)));
        }
        blocks.add(new Table("Every epoch and its measured parts", HEADS, rows));
        return blocks;
    }

    private static List<String> row(Done done, EpochParts epoch) {
        return List.of(
                done.name(),
                Integer.toString(epoch.epoch()),
                Sheet.text("%.3f", epoch.seconds()),
                Sheet.text("%,.0f", epoch.tokensPerSecond()),
                Sheet.text("%,.1f", epoch.dataMs()),
                Sheet.text("%,.1f", epoch.commMs()),
                Sheet.text("%,.0f", epoch.gcMs()),
                Sheet.text("%,.0f", epoch.stolenMs()),
                Sheet.text("%,.0f", epoch.neighboursMs()),
                Long.toString(epoch.majorFaults()));
    }

    private static List<Point> points(List<EpochParts> epochs, ToDoubleFunction<EpochParts> figure) {
        return epochs.stream()
                .map(epoch -> Point.of(epoch.epoch() - 1, figure.applyAsDouble(epoch)))
                .toList();
    }

    private static List<String> numbers(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(Integer::toString).toList();
    }
}
