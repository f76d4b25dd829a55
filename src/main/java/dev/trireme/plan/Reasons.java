package dev.trireme.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Why a plan is as it is, each in a sentence. */
public final class Reasons {
    private static final int MOST_FACTOR = 64;

    private Reasons() {}

    /**
     * Why the first choice.
     *
     * @param plan with something to compare
     * @return one sentence; empty where nothing fits
     */
    public static Optional<String> best(Plan plan) {
        Objects.requireNonNull(plan, "plan");
        return plan.compared().stream().findFirst().map(best -> {
            StepTime time = best.time();
            String what = plan.job().trains()
                    ? "computing fills %.0f %% of a step, the bubble is %.1f %%, and %s of communication are exposed"
                            .formatted(
                                    100 * (time.seconds() - time.exposedSeconds()) / time.seconds(),
                                    100 * time.bubble(),
                                    milliseconds(time.exposedSeconds()))
                    : "one token follows another after %s, and stages are idle %.0f %% of the time"
                            .formatted(milliseconds(time.tokenSeconds()), 100 * time.bubble());
            return "It is the fastest of %d that fit: %s; most of the %s that it needs of %s is %s."
                    .formatted(
                            plan.compared().size(),
                            what,
                            gigabytes(best.needed()),
                            gigabytes(best.usable()),
                            best.binding());
        });
    }

    /**
     * Why not the second.
     *
     * @param plan with something to compare
     * @return one sentence; empty where fewer than two fit
     */
    public static Optional<String> runnerUp(Plan plan) {
        Objects.requireNonNull(plan, "plan");
        if (plan.second().isEmpty()) {
            return Optional.empty();
        }
        Prediction best = plan.compared().get(0);
        Prediction second = plan.second().orElseThrow();
        double more = second.time().seconds() / best.time().seconds() - 1;
        if (more < 0.01) {
            return Optional.of("It takes as long within 1 %, and the first is simpler: " + simpler(best, second) + ".");
        }
        return Optional.of(
                String.format(Locale.ROOT, "It takes %.0f %% longer: %s.", 100 * more, difference(best, second)));
    }

    private static String simpler(Prediction best, Prediction second) {
        Layout a = best.layout();
        Layout b = second.layout();
        if (a.devices() != b.devices()) {
            return "it needs %d of the devices, not %d".formatted(a.devices(), b.devices());
        }
        if (a.checkpoints() != b.checkpoints()) {
            return "it computes no activations again";
        }
        return a.pipeline().stages() != b.pipeline().stages()
                ? "%d stages, not %d"
                        .formatted(a.pipeline().stages(), b.pipeline().stages())
                : "%d micro-batches, not %d".formatted(a.microBatches(), b.microBatches());
    }

    /** What of the second's time is most above the first's. */
    private static String difference(Prediction best, Prediction second) {
        record Part(double seconds, String text) {}
        StepTime a = best.time();
        StepTime b = second.time();
        if (b.tokenSeconds() > 0) {
            return String.format(
                    Locale.ROOT,
                    "%s lie between two tokens of a sequence instead of %s",
                    milliseconds(b.tokenSeconds()),
                    milliseconds(a.tokenSeconds()));
        }
        double idle = b.bubble() * tasks(b) - a.bubble() * tasks(a);
        double again = second.layout().checkpoints() && !best.layout().checkpoints() ? tasks(b) - tasks(a) : 0;
        double compute = tasks(b) * (1 - b.bubble()) - tasks(a) * (1 - a.bubble());
        List<Part> parts = new ArrayList<>(List.of(
                new Part(
                        b.exposedSeconds() - a.exposedSeconds(),
                        milliseconds(b.exposedSeconds()) + " of communication are exposed instead of "
                                + milliseconds(a.exposedSeconds())),
                new Part(
                        idle,
                        String.format(
                                Locale.ROOT,
                                "its bubble is %.1f %% instead of %.1f %%",
                                100 * b.bubble(),
                                100 * a.bubble())),
                new Part(
                        b.updateSeconds() - a.updateSeconds(),
                        "its update takes " + milliseconds(b.updateSeconds()) + " instead of "
                                + milliseconds(a.updateSeconds())),
                new Part(again, "activations are computed again"),
                new Part(
                        compute,
                        "its devices compute for " + milliseconds(tasks(b) * (1 - b.bubble())) + " instead of "
                                + milliseconds(tasks(a) * (1 - a.bubble())))));
        return parts.stream()
                .max(Comparator.comparingDouble(Part::seconds))
                .map(Part::text)
                .orElseThrow();
    }

    private static double tasks(StepTime time) {
        return time.seconds() - time.exposedSeconds() - time.updateSeconds();
    }

    /**
     * What would make the nearest layout fit.
     *
     * @param plan in which nothing fits
     * @return one sentence; empty where something fits
     */
    public static Optional<String> cure(Plan plan) {
        Objects.requireNonNull(plan, "plan");
        if (!plan.compared().isEmpty() || plan.tooLarge().isEmpty()) {
            return Optional.empty();
        }
        Prediction nearest = plan.tooLarge().get(0);
        List<String> cures = new ArrayList<>();
        devices(plan).ifPresent(count -> cures.add(count + " such devices as stages"));
        if (plan.job().type() == NumberType.FLOAT32) {
            Job half = withType(plan.job(), NumberType.BFLOAT16);
            if (Planner.byRates(half, plan.machine()).predict(nearest.layout()).fits()) {
                cures.add("16-bit numbers");
            }
        }
        cures.add("devices of " + gigabytes(nearest.needed()) + " of free memory");
        return Optional.of("%s needs %s a device where %s are free, most of it %s; it would fit with %s."
                .formatted(
                        nearest.layout().text(),
                        gigabytes(nearest.needed()),
                        gigabytes(nearest.usable()),
                        nearest.binding(),
                        String.join(", or ", cures)));
    }

    private static Optional<Integer> devices(Plan plan) {
        if (!plan.machine().hasGpus()) {
            return Optional.empty();
        }
        Job job = plan.job();
        for (int factor = 2; factor <= MOST_FACTOR; factor *= 2) {
            int count = plan.machine().devices() * factor;
            if (count > 2 * job.model().layers()) {
                return Optional.empty();
            }
            Machine more = plan.machine().onHostsOf(count).withDevices(count);
            Planner planner = Planner.byRates(job, more);
            if (Layouts.of(job, more).stream()
                    .filter(layout -> layout.pipeline().stages() == count)
                    .filter(layout -> layout.microBatches() == 1 || layout.microBatches() == count)
                    .anyMatch(layout -> planner.predict(layout).fits())) {
                return Optional.of(count);
            }
        }
        return Optional.empty();
    }

    private static Job withType(Job job, NumberType type) {
        return new Job(job.name(), job.model(), type, job.rows(), job.length(), job.newTokens());
    }

    static String milliseconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 0.001 ? "%.2f ms" : "%.1f ms", 1e3 * seconds);
    }

    static String gigabytes(long bytes) {
        return bytes < 1e8
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }
}
