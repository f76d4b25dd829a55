package dev.trireme.cli;

import dev.trireme.cli.option.ActivityOptions;
import dev.trireme.cli.output.Terminal;
import dev.trireme.schedule.ClockCycles;
import dev.trireme.schedule.FoundSchedule;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.ScheduleGrid;
import dev.trireme.schedule.ScheduleText;
import dev.trireme.schedule.Schedules;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "schedule",
        description = "Draw a pipeline schedule, with its bubble and live activations, or find one.",
        footer = {
            "",
            "A schedule file has a line for each device, its tasks in order, such as F0 F1 B0 F2 B1 B2. F is forward, "
                    + "B backward, W the gradients of weights where they are apart, then the micro-batch; F0.1 is for "
                    + "the second stage of a device; # begins a comment.",
            "",
            "--search finds a schedule for stages that are not alike, for devices that hold no more than --room "
                    + "activations, beside the fastest named one and a bound that none can beat; --text prints it for "
                    + "train --schedule FILE."
        })
final class ScheduleCommand implements Runnable {
    private static final int USUAL_COLUMNS = 120;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "gpipe, 1f1b, interleaved, zero-bubble, or a schedule file (1f1b).")
    private Optional<String> kind;

    @Option(names = "--stages", paramLabel = "N", description = "Devices in a row (4).")
    private Optional<Integer> stages;

    @Option(names = "--micro-batches", paramLabel = "N", description = "Micro-batches of a step (8).")
    private Optional<Integer> microBatches;

    @Option(names = "--chunks", paramLabel = "N", description = "Stages of each device, if interleaved (2).")
    private Optional<Integer> chunks;

    @Option(
            names = "--backward-cost",
            paramLabel = "CLOCKS",
            defaultValue = "2",
            description = "Length of a backward pass, in clock cycles of a forward pass (${DEFAULT-VALUE}).")
    private int backwardCost;

    @Mixin
    private SearchSettings search = new SearchSettings();

    @Option(names = "--text", description = "Print a schedule file instead, to change and to give to --kind.")
    private boolean text;

    @Mixin
    private ActivityOptions activity = new ActivityOptions();

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        if (search.isAsked()) {
            search(out);
        } else {
            show(schedule(), out);
        }
        out.flush();
    }

    private void search(PrintWriter out) {
        for (String option : List.of("--kind", "--chunks", "--backward-cost")) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new ParameterException(
                        spec.commandLine(), option + " is of a known schedule; leave it out beside --search");
            }
        }
        activity.activity(false).begin("searching a schedule of " + microBatches.orElse(8) + " micro-batches");
        FoundSchedule found = search.found(stages, microBatches.orElse(8));
        if (text) {
            out.print(ScheduleText.print(found.schedule()));
            out.println("# " + SearchSettings.line(found));
        } else {
            out.println(SearchSettings.line(found));
            printLive(found.schedule(), out);
        }
    }

    private void show(Schedule schedule, PrintWriter out) {
        if (text) {
            out.print(ScheduleText.print(schedule));
        } else {
            draw(schedule, out);
        }
    }

    private Schedule schedule() {
        String kind = this.kind.orElse("1f1b");
        if (chunks.isPresent() && !kind.equals("interleaved")) {
            throw new ParameterException(
                    spec.commandLine(), "--chunks is for --kind interleaved, not " + kind + "; leave it out");
        }
        if (Schedules.NAMES.contains(kind)) {
            return Schedules.named(kind, microBatches.orElse(8), stages.orElse(4), chunks.orElse(2));
        }
        Schedule own = Schedules.ofFile(kind);
        if (stages.isPresent() || microBatches.isPresent()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "a schedule file says itself for how many stages and micro-batches it is; "
                            + "leave --stages and --micro-batches out");
        }
        return own;
    }

    private void draw(Schedule schedule, PrintWriter out) {
        ScheduleGrid grid = new ScheduleGrid(schedule, backwardCost);
        int columns = Terminal.columns();
        out.println(grid.draw(columns == 0 ? USUAL_COLUMNS : columns));
        int passes = schedule.chunks() * schedule.microBatches();
        out.println(String.format(
                Locale.ROOT,
                "%s: %d clocks, bubble %.1f %%, where (p - 1) / (v m + p - 1) is %.1f %%",
                schedule.name(),
                grid.clocks(),
                100 * grid.bubble(),
                100 * ClockCycles.bubble(passes, schedule.devices())));
        printLive(schedule, out);
    }

    private static void printLive(Schedule schedule, PrintWriter out) {
        out.println("live activations of each device: "
                + IntStream.range(0, schedule.devices())
                        .mapToObj(device -> String.valueOf(schedule.liveActivations(device)))
                        .collect(Collectors.joining(", ")));
    }
}
