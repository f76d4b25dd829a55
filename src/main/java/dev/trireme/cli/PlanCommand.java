package dev.trireme.cli;

import dev.trireme.checkpoint.OutputFile;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.cluster.Spread;
import dev.trireme.cluster.VirtualCluster;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.EngineException;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.Machine;
import dev.trireme.plan.MachineFiles;
import dev.trireme.plan.Plan;
import dev.trireme.plan.PlanPage;
import dev.trireme.plan.PlanText;
import dev.trireme.plan.Planner;
import dev.trireme.plan.Prediction;
import dev.trireme.plan.Reasons;
import dev.trireme.plan.StageWork;
import dev.trireme.plan.ThisMachine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        description = "Say which layout suits a model and a machine, why, and what it will cost, without running it.",
        footer = {
            "",
            "Every layout of data × pipeline × micro-batches × schedule × activation checkpointing is predicted: times from "
                    + "single stages that are measured on this machine, or from the rates of a machine that is named; bytes "
                    + "from stages that hold nothing. --machine v100-16gb:4 takes four devices of a host, h100-80gb:16 two "
                    + "hosts of eight; this has as many as it has cores.",
            "",
            "--simulate runs a step of one layout on up to 4096 devices that are not there, such as --machine h100-80gb "
                    + "--devices 1024 --stages 8 --micro-batches 4096: every task, transfer and sum of gradients, over "
                    + "links within hosts and between them. With --out FILE.txt it writes each stage's times for schedule "
                    + "--search. --micro-batches is the number over all ranks, as in train."
        })
final class PlanCommand implements Runnable {
    private static final int ROWS = 16;

    /** Those of {@link MachineFiles}, and this host. */
    static final class MachineNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.concat(Stream.of("this"), MachineFiles.NAMES.stream()).iterator();
        }
    }

    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nModel and work%n")
    private PlanSettings settings = new PlanSettings();

    @Option(
            names = "--machine",
            paramLabel = "NAME",
            completionCandidates = MachineNames.class,
            description = "${COMPLETION-CANDIDATES}, or a FILE.json as --measure --out writes it (this).")
    private Optional<String> machine = Optional.empty();

    @Option(names = "--measure", description = "Measure this machine and write it to --out.")
    private boolean measure;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Write the plan as a page.html, the machine as JSON, or of --simulate a chart.svg.")
    private Optional<Path> out = Optional.empty();

    @ArgGroup(validate = false, heading = "%nA virtual cluster%n")
    private SimulateOptions simulate = new SimulateOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    @Override
    public void run() {
        Activity activity = Activity.of(spec, json, quiet);
        boolean simulates = simulate.isAsked(spec.commandLine().getParseResult()::hasMatchedOption);
        out.ifPresent(OutputFile::require);
        if (simulates) {
            simulate(activity);
            return;
        }
        if (measure) {
            measure(activity);
            return;
        }
        out.ifPresent(PlanCommand::requirePage);
        Job job = settings.job();
        Planner planner = planner(job, machine(activity), activity);
        activity.beginLong(
                "loading libtorch, predicting the layouts of " + job.model().layers() + " layers");
        Plan plan = planner.plan();
        activity.end();
        String command = plan.best()
                .map(best -> PlanCommandLine.of(plan, best, settings.option()))
                .orElse("");
        out.ifPresent(file -> ResultFile.write(file, PlanPage.of(plan, command)));
        if (json) {
            spec.commandLine().getOut().println(json(plan, command));
        } else {
            print(plan, command);
        }
        Reasons.cure(plan).ifPresent(cure -> {
            throw new EngineException(EngineException.Kind.OUT_OF_MEMORY, "nothing fits: " + cure);
        });
    }

    private static void requirePage(Path file) {
        if (!file.toString().endsWith(".html")) {
            throw new IllegalArgumentException("--out " + file + " would be a page; use FILE.html");
        }
    }

    private void simulate(Activity activity) {
        Job job = settings.job();
        if (measure || !job.trains()) {
            throw new IllegalArgumentException(
                    "--simulate is of a training step; leave out " + (measure ? "--measure" : "what is of generation"));
        }
        out.ifPresent(SimulatedStep::requireEnding);
        Map<Integer, Double> slow = simulate.factors();
        Machine cluster = simulate.machine(machine(activity));
        Layout layout = simulate.layout(cluster);
        VirtualCluster.requirePasses(layout.pipeline().stagesOfModel(), layout.microBatches());
        Spread spread = simulate.spread(layout, slow);
        Planner planner = planner(job, cluster, activity);
        activity.begin("loading libtorch, predicting the costs of stages");
        StageWork work = planner.work(layout);
        out.ifPresent(file -> SimulatedStep.requireDrawable(file, cluster, work, spread));
        activity.begin("simulating " + cluster.devices() + " devices");
        SimulatedStep step = SimulatedStep.of(job, cluster, layout, spread, work, planner.bytes(layout));
        activity.end();
        out.ifPresent(file -> step.write(file, work.costs()));
        if (json) {
            spec.commandLine().getOut().println(step.json());
        } else {
            step.lines().forEach(spec.commandLine().getOut()::println);
        }
    }

    private Machine machine(Activity activity) {
        String name = machine.orElse("this");
        if (!name.equals("this")) {
            return MachineFiles.parse(name);
        }
        activity.begin("measuring this machine");
        return ThisMachine.measured(CostMeter.ofUser(), System.err);
    }

    private Planner planner(Job job, Machine cluster, Activity activity) {
        return machine.orElse("this").equals("this")
                ? Planner.byMeasuring(job, cluster, CostMeter.ofUser(), activity::begin)
                : Planner.byRates(job, cluster);
    }

    private void measure(Activity activity) {
        if (machine.isPresent() || !settings.isEmpty()) {
            throw new IllegalArgumentException(
                    "--measure is of this machine and of no model; leave out everything but --out");
        }
        Path file = out.orElseThrow(() -> new IllegalArgumentException("--measure needs --out; name a JSON file"));
        activity.begin("measuring this machine");
        TemporaryFolder.use(
                none -> { // no figures of earlier today
                    Machine here = ThisMachine.measured(new CostMeter(none), System.err);
                    activity.end();
                    ResultFile.write(file, MachineFiles.text(here));
                });
    }

    private void print(Plan plan, String command) {
        PrintWriter writer = spec.commandLine().getOut();
        writer.println(PlanText.title(plan));
        PlanText.verdict(plan).forEach(writer::println);
        if (!command.isEmpty()) {
            writer.println(command);
        }
        print("", plan.fitting(), writer);
        print("Fits, but this version cannot run it:", plan.otherVersions(), writer);
        print("Does not fit, nearest first:", plan.tooLarge(), writer);
    }

    private static void print(String title, List<Prediction> rows, PrintWriter writer) {
        if (!rows.isEmpty()) {
            writer.println();
            if (!title.isEmpty()) {
                writer.println(title);
            }
            PlanText.table(rows, ROWS).forEach(writer::println);
        }
    }

    private static JsonLine json(Plan plan, String command) {
        return JsonLine.of("plan")
                .put("predicted", true)
                .put("title", PlanText.title(plan))
                .put("verdict", PlanText.verdict(plan))
                .put("why", Reasons.best(plan).orElse(""))
                .put("why_not_second", Reasons.runnerUp(plan).orElse(""))
                .put("cure", Reasons.cure(plan).orElse(""))
                .put("command", command)
                .put("machine", plan.machine())
                .put("fitting", plan.fitting().stream().map(PlanRow::of).toList())
                .put(
                        "other_versions",
                        plan.otherVersions().stream().map(PlanRow::of).toList())
                .put("too_large", plan.tooLarge().stream().map(PlanRow::of).toList());
    }
}
