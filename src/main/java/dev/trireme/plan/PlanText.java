package dev.trireme.plan;

import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** A plan in words and rows. */
public final class PlanText {
    static final List<String> HEADS = List.of(
            "time ms",
            "token ms",
            "tokens/s",
            "bubble %",
            "sends MB",
            "comm. ms",
            "exposed ms",
            "weights",
            "gradients",
            "optimizer",
            "activations",
            "logits",
            "KV cache",
            "GB a device",
            "binds");

    private PlanText() {}

    /**
     * What is planned, and that it is predicted.
     *
     * @param plan any
     * @return one line
     */
    public static String title(Plan plan) {
        Objects.requireNonNull(plan, "plan");
        Job job = plan.job();
        Machine machine = plan.machine();
        long parameters = ParameterInfo.count(Stage.parametersOf(job.model()));
        String work = job.trains()
                ? Reasons.text("training on %,d rows × %,d tokens a step", job.rows(), job.length())
                : Reasons.text(
                        "generating %,d tokens after %,d prompts of %,d", job.newTokens(), job.rows(), job.length());
        return Reasons.text(
                "Predicted: %s, %,d parameters in %s, %s on %s, %d %s of %s",
                job.name(),
                parameters,
                job.type(),
                work,
                machine.name(),
                machine.devices(),
                machine.hasGpus() ? "devices" : "cores",
                Reasons.gigabytes(machine.memory().usable()));
    }

    /**
     * What to take, and why.
     *
     * @param plan any
     * @return a few lines
     */
    public static List<String> verdict(Plan plan) {
        Objects.requireNonNull(plan, "plan");
        List<String> lines = new ArrayList<>();
        List<Prediction> compared = plan.compared();
        if (!compared.isEmpty()) {
            lines.add("Best: " + headline(plan, compared.get(0)) + ". "
                    + Reasons.best(plan).orElse(""));
            compared.get(0).cannotRun().ifPresent(why -> lines.add("This version cannot run it: " + why + "."));
            if (plan.spansHosts(compared.get(0))) {
                lines.add(
                        "Its ranks are on several hosts: start each as torchrun does, with RANK, WORLD_SIZE, LOCAL_RANK, "
                                + "LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT.");
            }
        }
        plan.second()
                .ifPresent(second -> lines.add("Second: " + headline(plan, second) + ". "
                        + Reasons.runnerUp(plan).orElse("")));
        if (compared.isEmpty()) {
            lines.add("Nothing fits. Nearest: " + Reasons.cure(plan).orElse("no layout divides the batch"));
        }
        moreDevices(plan).ifPresent(lines::add);
        return lines;
    }

    /** Why stages do not make one sequence faster, where that is what one may expect. */
    private static Optional<String> moreDevices(Plan plan) {
        List<Prediction> chains = plan.compared().stream()
                .filter(each -> each.layout().ranks() == 1 && each.layout().microBatches() == 1)
                .sorted(Comparator.comparingInt(each -> each.layout().pipeline().stages()))
                .toList();
        if (plan.job().trains() || chains.size() < 2) {
            return Optional.empty();
        }
        return Optional.of("One group of prompts on stages: "
                + chains.stream()
                        .map(each -> Reasons.milliseconds(each.time().tokenSeconds()) + " a token on "
                                + each.layout().pipeline().stages())
                        .collect(Collectors.joining(", "))
                + "; each stage waits for the one before, so that more devices hold more and are no faster.");
    }

    private static String headline(Plan plan, Prediction one) {
        StepTime time = one.time();
        return plan.job().trains()
                ? String.format(
                        Locale.ROOT,
                        "%s, %s a step, %,.0f tokens/s",
                        one.layout().text(),
                        Reasons.milliseconds(time.seconds()),
                        one.tokensPerSecond())
                : String.format(
                        Locale.ROOT,
                        "%s, first token after %s, then one in %s, %,.0f tokens/s",
                        one.layout().text(),
                        Reasons.milliseconds(time.firstTokenSeconds()),
                        Reasons.milliseconds(time.tokenSeconds()),
                        one.tokensPerSecond());
    }

    /**
     * The table.
     *
     * @param rows predictions
     * @param most how many are shown
     * @return a header and a line for each
     */
    public static List<String> table(List<Prediction> rows, int most) {
        Objects.requireNonNull(rows, "rows");
        List<String> lines = new ArrayList<>();
        if (rows.isEmpty()) {
            return lines;
        }
        lines.add(line("layout", HEADS));
        rows.stream().limit(most).forEach(row -> lines.add(line(row.layout().text(), cells(row))));
        if (rows.size() > most) {
            lines.add("and " + (rows.size() - most) + " more, which --json and --out show");
        }
        return lines;
    }

    private static String line(String layout, List<String> cells) {
        return "%-44s ".formatted(layout)
                + cells.stream().map("%11s"::formatted).collect(Collectors.joining(" "));
    }

    static List<String> cells(Prediction row) {
        StepTime time = row.time();
        List<String> cells = new ArrayList<>();
        cells.add(number("%.1f", 1e3 * time.seconds()));
        cells.add(time.tokenSeconds() == 0 ? "-" : number("%.2f", 1e3 * time.tokenSeconds()));
        cells.add(number("%,.0f", row.tokensPerSecond()));
        cells.add(number("%.1f", 100 * time.bubble()));
        cells.add(number("%.1f", time.volumeBytes() / 1e6));
        cells.add(number("%.2f", 1e3 * time.communicationSeconds()));
        cells.add(number("%.2f", 1e3 * time.exposedSeconds()));
        row.fullest().parts().values().forEach(bytes -> cells.add(number("%.3f", bytes / 1e9)));
        cells.add(number("%.3f", row.fullest().total() / 1e9));
        cells.add(row.binding());
        return cells;
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }

    static Map<String, Figure> figures(Machine machine) {
        Map<String, Figure> all = new LinkedHashMap<>();
        all.put("memory, bytes", machine.memory().bytes());
        all.put("reserved, bytes", machine.memory().reservedBytes());
        all.put("memory bandwidth, bytes/s", machine.memory().bytesPerSecond());
        all.put("share of it achieved", machine.memory().achieved());
        all.put("share left while all compute", machine.memory().busy());
        all.put("float32 products, FLOP/s", machine.gemm().float32());
        all.put("bfloat16 products, FLOP/s", machine.gemm().bfloat16());
        all.put("float16 products, FLOP/s", machine.gemm().float16());
        all.put("share of them achieved", machine.gemm().achieved());
        all.put("share of products left while all compute", machine.gemm().busy());
        all.put("an operator's start, s", machine.operatorSeconds());
        all.put("a task's start, s", machine.taskSeconds());
        all.put("link within a host, bytes/s", machine.deviceLink().bytesPerSecond());
        all.put("its latency, s", machine.deviceLink().latencySeconds());
        all.put("link between hosts, bytes/s", machine.hostLink().bytesPerSecond());
        all.put("latency between hosts, s", machine.hostLink().latencySeconds());
        return all;
    }
}
