package dev.trireme.cli;

import dev.trireme.bench.PipelineBench;
import dev.trireme.bench.PipelineRun;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Planned;
import dev.trireme.bench.page.PipelinePage;
import dev.trireme.cli.option.BenchSteps;
import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.PipelineTable;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.cli.output.TimelineFile;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.parallel.Execution;
import dev.trireme.report.ReportFolder;
import dev.trireme.schedule.Schedules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "pipeline",
        description = "Measure training on stages, in turn with one stage: one setting, or every schedule.",
        footer = {
            "",
            "With --schedule, --stages, --split, --chunks or --micro-batches one setting is measured; the defaults are 1f1b, 2 "
                    + "stages, balanced, 8 micro-batches. Without them 2, 4, 8 and 16 micro-batches are measured, on one stage "
                    + "and on two, and on four where there are as many cores, with every schedule. Efficiency is the speed divided by that of as many single stages."
        })
final class BenchPipelineCommand implements Runnable, Experiment {
    private static final PipelineLayout USUAL =
            new PipelineLayout(2, "balanced", "1f1b", 1, ActivationCheckpointing.NEVER);
    private static final List<Integer> SWEPT_MICRO_BATCHES = List.of(2, 4, 8, 16);
    private static final List<Integer> QUICK_MICRO_BATCHES = List.of(2, 4, 8);
    private static final int MOST_STAGES = 4;
    private static final String CURE =
            "use a smaller --shape, --length or --micro-batch-size, fewer --micro-batches, or --checkpoint-activations";

    @Spec
    private CommandSpec spec;

    @Mixin
    private BenchSteps steps =
            new BenchSteps(new BenchSteps.Amount("small", 128, 10, 2), new BenchSteps.Amount("small", 64, 4, 1));

    @Mixin
    private BenchOutput output = new BenchOutput();

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Mixin
    private PipelineSettings pipeline = new PipelineSettings();

    @Option(names = "--micro-batch-size", paramLabel = "N", description = "Rows of each (4; 1 with --quick).")
    private Optional<Integer> microBatchSize = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each stage (${DEFAULT-VALUE}).")
    private int threads = 1;

    @Option(
            names = "--execution",
            paramLabel = "WHEN",
            converter = ExecutionName.class,
            description =
                    "eager, tasks start when their inputs are there, or clocked, all of a clock together (eager).")
    private Optional<Execution> execution = Optional.empty();

    @Option(
            names = "--timeline",
            paramLabel = "FILE",
            description = "Draw a step of one setting: FILE.svg as a chart, FILE.json for Perfetto.")
    private Optional<Path> timeline = Optional.empty();

    @Override
    public void run() {
        Optional<TimelineFile> picture = timeline.map(TimelineFile::new);
        if (picture.isPresent() && !isOne()) {
            throw new IllegalArgumentException("timeline " + timeline.get()
                    + " is of one setting; add --schedule, --stages, --split or --micro-batches");
        }
        Room<PipelineSetting> room = room();
        List<String> leftOut =
                Stream.concat(leftOut().stream(), room.leftOut().stream()).toList();
        ReportFolder folder = report.open();
        leftOut.forEach(output::remark);
        BenchPredictions predictions = new BenchPredictions();
        PipelineBench bench = new PipelineBench(System.err);
        List<PipelineRun> runs = output.measure(
                room.fitting(),
                new BenchOutput.Measures<>(
                        setting -> predictions.of(bench.cut(setting)),
                        bench::measure,
                        trials -> folder.write(PipelinePage.of(trials, report.command(), leftOut))),
                PipelineTable.FORM);
        for (PipelineRun run : runs) {
            picture.ifPresent(file -> file.write(PipelineTable.title(run.result()), run.theory(), run.measured()));
        }
        output.remark("page: " + folder.page());
    }

    @Override
    public Room<PipelineSetting> room() {
        return Room.of(Room.Asked.all(settings(), PipelineTable.FORM.name(), Planned::memoryBytes), CURE);
    }

    private boolean isOne() {
        return Stream.of("--schedule", "--stages", "--split", "--micro-batches", "--chunks")
                .anyMatch(spec.commandLine().getParseResult()::hasMatchedOption);
    }

    /** More stages than cores only take turns. */
    private static List<Integer> stages() {
        int cores = Runtime.getRuntime().availableProcessors();
        return cores < MOST_STAGES ? List.of(2) : List.of(2, MOST_STAGES);
    }

    private List<String> leftOut() {
        int cores = Runtime.getRuntime().availableProcessors();
        return cores < MOST_STAGES && !isOne()
                ? List.of(MOST_STAGES + " stages were left out: they need " + MOST_STAGES
                        + " cores, and this machine has " + cores + "; --stages " + MOST_STAGES
                        + " measures them all the same")
                : List.of();
    }

    private List<PipelineSetting> settings() {
        PipelineLayout layout = pipeline.over(USUAL);
        if (isOne()) {
            return List.of(setting(layout, pipeline.microBatches().orElse(8)));
        }
        List<PipelineSetting> settings = new ArrayList<>();
        List<Integer> counts = report.isQuick() ? QUICK_MICRO_BATCHES : SWEPT_MICRO_BATCHES;
        for (int count : counts) {
            settings.add(setting(new PipelineLayout(1, "even", "1f1b", 1, layout.checkpointing()), count));
            boolean all = !report.isQuick() || count == counts.get(counts.size() - 1);
            for (int devices : stages()) {
                for (String schedule : all ? Schedules.NAMES : List.of("1f1b")) {
                    int chunks = schedule.equals("interleaved") ? 2 : 1;
                    settings.add(setting(
                            new PipelineLayout(devices, "balanced", schedule, chunks, layout.checkpointing()), count));
                }
            }
        }
        return settings;
    }

    private PipelineSetting setting(PipelineLayout layout, int count) {
        BenchSteps.Amount amount = steps.over(report.isQuick());
        return new PipelineSetting(
                amount.shape(),
                layout,
                count,
                microBatchSize.orElse(report.isQuick() ? 1 : 4),
                amount.length(),
                threads,
                execution.orElse(Execution.EAGER),
                amount.warmup(),
                amount.steps());
    }

    /** Reads {@code eager} or {@code clocked}. */
    private static final class ExecutionName implements ITypeConverter<Execution> {
        @Override
        public Execution convert(String text) {
            return Stream.of(Execution.values())
                    .filter(execution ->
                            execution.name().toLowerCase(Locale.ROOT).equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + text + "' is unknown; use eager, clocked"));
        }
    }
}
