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
        List<Prediction> all = plan.compared();
        return all.stream().findFirst().map(best -> {
            StepTime time = best.time();
            boolean fastest =
                    all.stream().allMatch(each -> time.seconds() <= each.time().seconds());
            String what = plan.job().trains()
                    ? text(
                            "devices compute for %.0f %% of a step, the bubble is %.1f %%, and %s of communication are exposed",
                            100 * tasks(time) * (1 - time.bubble()) / time.seconds(),
                            100 * time.bubble(),
                            milliseconds(time.exposedSeconds()))
                    : text(
                            "one token follows another after %s, and stages are idle %.0f %% of the time",
                            milliseconds(time.tokenSeconds()), 100 * time.bubble());
            return text(
                    "It is the %s of %d that fit: %s; most of the %s that it needs of %s is %s.",
                    fastest ? "fastest" : "simplest within 1 % of the fastest",
                    all.size(),
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
        return plan.second().map(second -> {
            Prediction best = plan.compared().get(0);
            double more = second.time().seconds() / best.time().seconds() - 1;
            return more <= Plan.EQUAL
                    ? "It takes as long within 1 %" + advantage(best, second) + "."
                    : text("It takes %.0f %% longer: %s.", 100 * more, difference(best, second));
        });
    }

    /** What of the first is better where times are equal; nothing where that is not so. */
    private static String advantage(Prediction best, Prediction second) {
        Layout a = best.layout();
        Layout b = second.layout();
        if (Plan.SIMPLER.compare(a, b) >= 0) {
            return "";
        }
        boolean ordersDiffer = a.devices() == b.devices()
                && a.checkpoints() == b.checkpoints()
                && a.pipeline().stages() == b.pipeline().stages();
        if (ordersDiffer && a.order() > 0 && b.pipeline().schedule().equals("gpipe")) {
            return best.needed() < second.needed()
                    ? text(
                            ", and the first holds less: %s, not %s",
                            gigabytes(best.needed()), gigabytes(second.needed()))
                    : "; only the order of its tasks differs";
        }
        return ", and the first is simpler: " + (ordersDiffer ? simplerOrder(a, b) : simpler(a, b));
    }

    private static String simpler(Layout a, Layout b) {
        if (a.devices() != b.devices()) {
            return text("it needs %d of the devices, not %d", a.devices(), b.devices());
        }
        return a.checkpoints() != b.checkpoints()
                ? "it computes no activations again"
                : text("stages: %d, not %d", a.pipeline().stages(), b.pipeline().stages());
    }

    private static String simplerOrder(Layout a, Layout b) {
        if (a.order() == 0) {
            return text("one micro-batch, not %d", b.microBatches());
        }
        return b.pipeline().schedule().equals("zero-bubble")
                ? "it cuts no backward pass in two"
                : text("one stage on a device, not %d", b.pipeline().chunks());
    }

    /** What of the second's time is most above the first's. */
    private static String difference(Prediction best, Prediction second) {
        record Part(double seconds, String text) {}
        StepTime a = best.time();
        StepTime b = second.time();
        if (b.tokenSeconds() > 0) {
            double first = b.firstTokenSeconds() - a.firstTokenSeconds();
            return first > b.seconds() - a.seconds() - first
                    ? text(
                            "its first tokens are there after %s instead of %s",
                            milliseconds(b.firstTokenSeconds()), milliseconds(a.firstTokenSeconds()))
                    : text(
                            "%s lie between two tokens of a sequence instead of %s",
                            milliseconds(b.tokenSeconds()), milliseconds(a.tokenSeconds()));
        }
        double idle = b.bubble() * tasks(b) - a.bubble() * tasks(a);
        double again = second.layout().checkpoints() && !best.layout().checkpoints() ? tasks(b) - tasks(a) : 0;
        double compute = tasks(b) * (1 - b.bubble()) - tasks(a) * (1 - a.bubble());
        List<Part> parts = new ArrayList<>(List.of(
                new Part(
                        b.exposedSeconds() - a.exposedSeconds(),
                        milliseconds(b.exposedSeconds()) + " of communication are exposed instead of "
                                + milliseconds(a.exposedSeconds())),
                new Part(idle, text("its bubble is %.1f %% instead of %.1f %%", 100 * b.bubble(), 100 * a.bubble())),
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
        boolean gpus = plan.machine().hasGpus();
        cures.add(text("%s%s of free memory", gpus ? "devices of " : "", gigabytes(nearest.needed())));
        return Optional.of(text(
                "%s needs %s %s where %s are free, most of it %s; it would fit with %s.",
                nearest.layout().text(),
                gigabytes(nearest.needed()),
                gpus ? "a device" : "on this host",
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

    static String text(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }

    static String milliseconds(double seconds) {
        return seconds < 0.001 ? text("%.2f ms", 1e3 * seconds) : text("%.1f ms", 1e3 * seconds);
    }

    static String gigabytes(long bytes) {
        return bytes < 1e8 ? text("%.1f MB", bytes / 1e6) : text("%.2f GB", bytes / 1e9);
    }
}
