package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Layouts of a job on a machine, ranked: those that fit by their time, but those that take as long as the fastest by how
 * simple they are; those that do not fit, by what is missing.
 *
 * @param job what is to be done
 * @param machine where
 * @param fitting layouts that fit and that this version can run, best first
 * @param otherVersions layouts that fit and that it cannot run, best first
 * @param tooLarge layouts that do not fit, nearest first
 */
public record Plan(
        Job job, Machine machine, List<Prediction> fitting, List<Prediction> otherVersions, List<Prediction> tooLarge) {
    /** Times up to so much above another are equal: no prediction is that exact. */
    static final double EQUAL = 0.01;

    static final Comparator<Layout> SIMPLER = Comparator.comparingInt(Layout::devices)
            .thenComparing(Layout::checkpoints)
            .thenComparingInt(layout -> layout.pipeline().stages())
            .thenComparingInt(Layout::order)
            .thenComparingInt(Layout::microBatches);

    /** Keeps copies of the lists. */
    public Plan {
        NullChecks.require("job", job, "machine", machine, "fitting", fitting);
        NullChecks.require("otherVersions", otherVersions, "tooLarge", tooLarge);
        fitting = List.copyOf(fitting);
        otherVersions = List.copyOf(otherVersions);
        tooLarge = List.copyOf(tooLarge);
    }

    static Plan of(Job job, Machine machine, List<Prediction> all) {
        Predicate<Prediction> runs = each -> each.cannotRun().isEmpty();
        return new Plan(
                job,
                machine,
                ranked(all.stream().filter(Prediction::fits).filter(runs)),
                ranked(all.stream().filter(Prediction::fits).filter(runs.negate())),
                all.stream()
                        .filter(each -> !each.fits())
                        .sorted(Comparator.comparingLong(Prediction::needed)
                                .thenComparingDouble(each -> each.time().seconds()))
                        .toList());
    }

    /** Those that take as long as the fastest, simplest first; then the others by time. */
    private static List<Prediction> ranked(Stream<Prediction> some) {
        Comparator<Prediction> byTime =
                Comparator.comparingDouble(each -> each.time().seconds());
        List<Prediction> all = some.sorted(byTime).toList();
        Predicate<Prediction> equal =
                each -> each.time().seconds() <= (1 + EQUAL) * all.get(0).time().seconds();
        return Stream.concat(
                        all.stream().takeWhile(equal).sorted(Comparator.comparing(Prediction::layout, SIMPLER)),
                        all.stream().dropWhile(equal))
                .toList();
    }

    /**
     * The first choice.
     *
     * @return empty where nothing fits that this version can run
     */
    public Optional<Prediction> best() {
        return fitting.stream().findFirst();
    }

    /**
     * The best of another kind than the first: one that differs in more than the number of micro-batches.
     *
     * @return empty where there is none
     */
    public Optional<Prediction> second() {
        List<Prediction> all = compared();
        return all.stream()
                .skip(1)
                .filter(each -> !kind(each).equals(kind(all.get(0))))
                .findFirst();
    }

    private static List<Object> kind(Prediction one) {
        Layout layout = one.layout();
        return List.of(
                layout.ranks(),
                layout.pipeline().stages(),
                layout.pipeline().schedule(),
                layout.pipeline().checkpointing());
    }

    /**
     * Whether ranks of a training step are on more than one host, so that no single command starts them.
     *
     * @param one of these predictions
     * @return false for generation, whose copies are in one process
     */
    public boolean spansHosts(Prediction one) {
        Objects.requireNonNull(one, "one");
        Layout layout = one.layout();
        int ofHost = machine.ranksOfHost(true, layout.ranks(), layout.pipeline().stages());
        return job.trains() && one.cannotRun().isEmpty() && ofHost < layout.ranks();
    }

    /**
     * All that fit, best first, whether or not this version can run them.
     *
     * @return the list that is compared
     */
    public List<Prediction> compared() {
        return fitting.isEmpty() ? otherVersions : fitting;
    }
}
