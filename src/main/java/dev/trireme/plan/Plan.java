package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Layouts of a job on a machine, ranked: those that fit by their time, where ones that take equally long are ranked by
 * how simple they are; those that do not fit, by what is missing.
 *
 * @param job what is to be done
 * @param machine where
 * @param fitting layouts that fit and that this version can run, best first
 * @param otherVersions layouts that fit and that it cannot run, best first
 * @param tooLarge layouts that do not fit, nearest first
 */
public record Plan(
        Job job, Machine machine, List<Prediction> fitting, List<Prediction> otherVersions, List<Prediction> tooLarge) {
    /** Times that differ by less are equal: no prediction is that exact. */
    private static final double EQUAL = 0.01;

    /** Keeps copies of the lists. */
    public Plan {
        NullChecks.require("job", job, "machine", machine, "fitting", fitting);
        NullChecks.require("otherVersions", otherVersions, "tooLarge", tooLarge);
        fitting = List.copyOf(fitting);
        otherVersions = List.copyOf(otherVersions);
        tooLarge = List.copyOf(tooLarge);
    }

    static Plan of(Job job, Machine machine, List<Prediction> all) {
        List<Prediction> fit = ranked(all.stream().filter(Prediction::fits));
        return new Plan(
                job,
                machine,
                fit.stream().filter(each -> each.cannotRun().isEmpty()).toList(),
                fit.stream().filter(each -> each.cannotRun().isPresent()).toList(),
                all.stream()
                        .filter(each -> !each.fits())
                        .sorted(Comparator.comparingLong(Prediction::needed)
                                .thenComparingDouble(each -> each.time().seconds()))
                        .toList());
    }

    /** By time in steps of what counts as equal, then by simplicity. */
    private static List<Prediction> ranked(Stream<Prediction> some) {
        return some.sorted(Comparator.<Prediction>comparingLong(
                                each -> Math.round(Math.log(each.time().seconds()) / EQUAL))
                        .thenComparing(each -> each.layout().devices())
                        .thenComparing(each -> each.layout().checkpoints())
                        .thenComparing(each -> each.layout().pipeline().stages())
                        .thenComparing(each -> each.layout().microBatches())
                        .thenComparingDouble(each -> each.time().seconds()))
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
     * All that fit, best first, whether or not this version can run them.
     *
     * @return the list that is compared
     */
    public List<Prediction> compared() {
        return fitting.isEmpty() ? otherVersions : fitting;
    }
}
