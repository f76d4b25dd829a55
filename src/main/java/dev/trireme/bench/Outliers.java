package dev.trireme.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Says which epochs stand out, and which of their measured parts explain it.
 *
 * <pre>
 *   stands out    |seconds − median| above a tenth of the median and above three times the usual distance from it
 *   explains      a part that is longer (or shorter) than its own median by a quarter of that difference or more
 * </pre>
 */
public final class Outliers {
    private static final double LEAST_SHARE = 0.1;
    private static final double USUAL_DISTANCES = 3;
    private static final double LEAST_EXPLAINED = 0.25;

    /** A page from a disk that turns takes several, from flash a fraction. */
    private static final double MS_PER_MAJOR_FAULT = 1;

    private static final List<Part> PARTS = List.of(
            new Part("data loading", EpochParts::dataMs),
            new Part("waiting in the all-reduce for a slower rank", EpochParts::commMs),
            new Part("garbage collection", EpochParts::gcMs),
            new Part("stolen processor time", EpochParts::stolenMs),
            new Part("processor time of other programs", EpochParts::neighboursMs),
            new Part("major page faults", epoch -> MS_PER_MAJOR_FAULT * epoch.majorFaults()));

    private Outliers() {}

    private record Part(String name, ToDoubleFunction<EpochParts> millis) {}

    private record Cause(String name, double share) {}

    /**
     * Looks at epochs of the same work.
     *
     * @param epochs of one measurement
     * @return a sentence for each that stands out, in order; empty when none does
     */
    public static List<String> of(List<EpochParts> epochs) {
        Objects.requireNonNull(epochs, "epochs");
        double median = median(epochs, EpochParts::seconds);
        double usual = median(epochs, epoch -> Math.abs(epoch.seconds() - median));
        double most = Math.max(LEAST_SHARE * median, USUAL_DISTANCES * usual);
        return epochs.stream()
                .filter(epoch -> Math.abs(epoch.seconds() - median) > most)
                .map(epoch -> sentence(epoch, epochs, epoch.seconds() - median))
                .toList();
    }

    private static String sentence(EpochParts epoch, List<EpochParts> epochs, double excessSeconds) {
        String difference = String.format(
                Locale.ROOT,
                "Epoch %d took %.2f s, %.2f s %s than the median",
                epoch.epoch(),
                epoch.seconds(),
                Math.abs(excessSeconds),
                excessSeconds > 0 ? "more" : "less");
        List<Cause> causes = causes(epoch, epochs, 1e3 * excessSeconds);
        List<Cause> enough = causes.stream()
                .filter(cause -> cause.share() >= LEAST_EXPLAINED)
                .toList();
        if (enough.isEmpty()) {
            Cause nearest = causes.get(0);
            return difference
                    + String.format(
                            Locale.ROOT,
                            "; none of its measured parts explains it (the nearest, %s, %.0f %%).",
                            nearest.name(),
                            100 * Math.max(0, nearest.share()));
        }
        return difference + "; what differs: "
                + String.join(", ", enough.stream().map(Outliers::text).toList()) + ".";
    }

    /** More processor time of others than the epoch lost says that they took turns on cores that this job left. */
    private static String text(Cause cause) {
        return String.format(Locale.ROOT, "%s (%.0f %% of it)", cause.name(), 100 * Math.min(1, cause.share()));
    }

    private static List<Cause> causes(EpochParts epoch, List<EpochParts> epochs, double excessMillis) {
        return PARTS.stream()
                .map(part -> new Cause(
                        part.name(),
                        (part.millis().applyAsDouble(epoch) - median(epochs, part.millis())) / excessMillis))
                .sorted(Comparator.comparingDouble(Cause::share).reversed())
                .toList();
    }

    private static double median(List<EpochParts> epochs, ToDoubleFunction<EpochParts> figure) {
        Stream<EpochParts> all = epochs.stream();
        return epochs.isEmpty()
                ? 0
                : Spread.of(all.mapToDouble(figure).toArray()).median();
    }
}
