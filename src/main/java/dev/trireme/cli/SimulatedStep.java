package dev.trireme.cli;

import dev.trireme.cli.output.JsonLine;
import dev.trireme.cluster.ClusterRun;
import dev.trireme.cluster.Spread;
import dev.trireme.cluster.VirtualCluster;
import dev.trireme.plan.DeviceBytes;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import dev.trireme.plan.StageWork;
import dev.trireme.schedule.ClockCycles;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.CostText;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineSvg;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One layout of a job on a cluster that is not there, and what is told of it. */
record SimulatedStep(Job job, Machine machine, Layout layout, Spread spread, ClusterRun run, long bytes) {
    /** More boxes make a picture that no browser opens. */
    private static final int MOST_DRAWN = 50_000;

    private static final int MOST_PANELS = 4;

    /** @param devices what each device of a rank holds */
    static SimulatedStep of(
            Job job, Machine machine, Layout layout, Spread spread, StageWork work, List<DeviceBytes> devices) {
        long most = devices.stream().mapToLong(DeviceBytes::total).max().orElseThrow();
        return new SimulatedStep(job, machine, layout, spread, VirtualCluster.run(machine, work, spread), most);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(title());
        lines.add(text(
                "step %.4f s: tasks %.4f s, all-reduce %.4f s after them, update %.4f s; %.0f tokens/s",
                run.seconds(),
                run.tasksSeconds(),
                run.exposedSeconds(),
                run.seconds() - run.reducedSeconds(),
                tokensPerSecond()));
        Timeline slowest = run.slowest().timeline();
        int passes = layout.pipeline().chunks() * layout.microBatches();
        lines.add(text(
                "devices are at work %.1f %% of it; bubble %.1f %%, where (p - 1) / (v m + p - 1) is %.1f %%",
                100 * run.busyShare(), 100 * slowest.bubble(), 100 * ClockCycles.bubble(passes, slowest.devices())));
        lines.add(text(
                "the fullest device holds %.2f GB of %.2f GB%s",
                bytes / 1e9, machine.memory().usable() / 1e9, fits() ? "" : ": this does not fit"));
        if (run.pipelines().size() > 1) {
            run.pipelines()
                    .forEach(some -> lines.add(text(
                            "%d of the replicas: tasks %.4f s",
                            some.replicas(), some.timeline().makespanNanos() / 1e9)));
        }
        return lines;
    }

    JsonLine json() {
        return JsonLine.of("simulation")
                .put("predicted", true)
                .put("title", title())
                .put("devices", run.devices())
                .put("seconds", run.seconds())
                .put("tasks_seconds", run.tasksSeconds())
                .put("exposed_seconds", run.exposedSeconds())
                .put("update_seconds", run.seconds() - run.reducedSeconds())
                .put("tokens_per_second", tokensPerSecond())
                .put("bubble", run.slowest().timeline().bubble())
                .put("busy_share", run.busyShare())
                .put("device_bytes", bytes)
                .put("usable_bytes", machine.memory().usable())
                .put("fits", fits())
                .put(
                        "kinds",
                        run.pipelines().stream()
                                .map(ClusterRun.Pipelines::replicas)
                                .toList());
    }

    /** Refuses a file that {@link #write} could not choose a form for. */
    static void requireEnding(Path file) {
        if (!file.toString().endsWith(".svg") && !file.toString().endsWith(".txt")) {
            throw new IllegalArgumentException(
                    "--out " + file + " has neither of the known endings; with --simulate use"
                            + " FILE.svg for a chart or FILE.txt for each stage's times");
        }
    }

    /** Refuses a chart that is too large, before anything is simulated. */
    static void requireDrawable(Path file, Machine machine, StageWork work, Spread spread) {
        int panels = Math.min(MOST_PANELS, VirtualCluster.kinds(machine, work, spread));
        long boxes = (long) panels
                * work.schedule().tasks().stream().mapToInt(List::size).sum();
        if (file.toString().endsWith(".svg") && boxes > MOST_DRAWN) {
            throw new IllegalArgumentException("--out " + file + " would have " + boxes
                    + " boxes; use fewer stages or micro-batches, up to " + MOST_DRAWN + ", or leave it out");
        }
    }

    /** A chart, or what {@code schedule --search} reads. */
    void write(Path file, List<Cost> costs) {
        ResultFile.write(file, file.toString().endsWith(".svg") ? chart() : CostText.print(costs));
    }

    /** The slowest replica first, then others that are not like it. */
    private String chart() {
        List<ClusterRun.Pipelines> kinds = new ArrayList<>(run.pipelines());
        kinds.sort((a, b) ->
                Long.compare(b.timeline().makespanNanos(), a.timeline().makespanNanos()));
        Map<String, Timeline> panels = new LinkedHashMap<>();
        for (ClusterRun.Pipelines some : kinds.subList(0, Math.min(MOST_PANELS, kinds.size()))) {
            panels.put(text("%d of %d replicas", some.replicas(), layout.ranks()), some.timeline());
        }
        return TimelineSvg.draw(title(), panels);
    }

    private String title() {
        return text(
                "simulated: %s on %d devices of %s (%d × %d): %s, %s are neighbours, %s",
                job.name(),
                run.devices(),
                machine.name(),
                machine.hosts(),
                machine.devicesPerHost(),
                layout.text(),
                spread.placement(),
                spread.allReduce());
    }

    private boolean fits() {
        return bytes <= machine.memory().usable();
    }

    private double tokensPerSecond() {
        return (double) job.rows() * job.length() / run.seconds();
    }

    private static String text(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
