package dev.trireme.cli;

import dev.trireme.checkpoint.DataType;
import dev.trireme.cli.option.BaseSettings;
import dev.trireme.cli.option.CorpusSettings;
import dev.trireme.cli.option.ModelSettings;
import dev.trireme.cli.option.OptionNames;
import dev.trireme.cli.option.OutputSettings;
import dev.trireme.cli.option.ParallelSettings;
import dev.trireme.cli.option.RecoverySettings;
import dev.trireme.cli.option.TaskSettings;
import dev.trireme.cli.option.TokenizerOptions;
import dev.trireme.cli.option.TrainingSettings;
import dev.trireme.cli.option.TuningSettings;
import dev.trireme.cli.output.Activity;
import dev.trireme.cli.output.OutputMode;
import dev.trireme.cli.output.Terminal;
import dev.trireme.cli.output.TimelineFile;
import dev.trireme.cli.output.TrainSummary;
import dev.trireme.config.ExitCode;
import dev.trireme.config.ParallelConfig;
import dev.trireme.config.TrainConfig;
import dev.trireme.data.Corpora;
import dev.trireme.data.CorpusOptions;
import dev.trireme.data.Splits;
import dev.trireme.launch.EndSignals;
import dev.trireme.launch.JobControl;
import dev.trireme.launch.JobResult;
import dev.trireme.launch.Launcher;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankRequests;
import dev.trireme.launch.Rendezvous;
import dev.trireme.model.ModelConfig;
import dev.trireme.task.Task;
import dev.trireme.task.TaskConfig;
import dev.trireme.train.BaseModel;
import dev.trireme.train.PhrasebookPreset;
import dev.trireme.train.Preset;
import dev.trireme.train.Restarts;
import dev.trireme.train.Resumption;
import dev.trireme.train.RunCommands;
import dev.trireme.train.RunConfig;
import dev.trireme.train.RunLock;
import dev.trireme.train.SharedRun;
import dev.trireme.train.TrainingRun;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        description = "Train a model, new or existing, on one or many devices.",
        footer = {
            "",
            "Defaults with --data are in brackets. Without --data the model learns the embedded phrasebook with other"
                    + " defaults, which are printed.",
            "--micro-batches is the number over all ranks; the default is 1 per rank, or 4 for each stage of a rank.",
            "SIGTERM and Ctrl-C end the run after a step, with a checkpoint that --resume last goes on from; a second"
                    + " one ends it at once.",
            "If RANK and WORLD_SIZE are set (torchrun, Slurm, Kubernetes), this process joins as that rank."
        })
final class TrainCommand implements Callable<Integer> {
    private static final Set<String> OF_A_RANK =
            Set.of("--out", "--live", "--timeline", "--data", "--from", "--config", "--json", "--quiet", "--debug");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "A .tsv or .jsonl file, or a folder with train, validation and test files.")
    private Optional<Path> data = Optional.empty();

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where model/, report.html, metrics.jsonl and config.json go (runs/NAME of the data).")
    private Optional<Path> out = Optional.empty();

    @Option(
            names = "--timeline",
            paramLabel = "FILE",
            description = "Draw a step: .svg, or .json for Perfetto (timeline.* in --out).")
    private Optional<Path> timeline = Optional.empty();

    @Option(
            names = "--live",
            paramLabel = "PORT",
            description = "Serve the run's page on 127.0.0.1 while it goes on; 0 for any port that is free.")
    private Optional<Integer> live = Optional.empty();

    @Option(
            names = "--resume",
            paramLabel = "WHICH",
            description =
                    "Go on from a checkpoint's folder, or from the last in --out, with the run's settings as defaults.")
    private Optional<String> resume = Optional.empty();

    @ArgGroup(validate = false, heading = "%nData%n")
    private CorpusSettings corpus = new CorpusSettings();

    @ArgGroup(validate = false, heading = "%nTask%n")
    private TaskSettings task = new TaskSettings();

    @ArgGroup(validate = false, heading = "%nStart%n")
    private BaseSettings base = new BaseSettings();

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelSettings model = new ModelSettings();

    @ArgGroup(validate = false, heading = "%nWhat is trained%n")
    private TuningSettings tuning = new TuningSettings();

    @ArgGroup(validate = false, heading = "%nTraining%n")
    private TrainingSettings training = new TrainingSettings();

    @ArgGroup(validate = false, heading = "%nCheckpoints%n")
    private RecoverySettings recovery = new RecoverySettings();

    @ArgGroup(validate = false, heading = "%nDevices%n")
    private ParallelSettings parallel = new ParallelSettings();

    @Mixin
    private AutoLayout auto = new AutoLayout();

    @Mixin
    private TokenizerOptions tokenizers = new TokenizerOptions();

    @ArgGroup(validate = false, heading = "%nOutput%n")
    private OutputSettings output = new OutputSettings();

    @Override
    public Integer call() {
        if (RankEnvironment.isIn(System.getenv())) {
            return join(RankEnvironment.of(System.getenv()));
        }
        OutputMode mode = output.mode();
        Optional<TimelineFile> picture = timeline.map(TimelineFile::new);
        try (LiveReport page = LiveReport.listen(live)) {
            return train(mode, picture, page);
        }
    }

    private Integer train(OutputMode mode, Optional<TimelineFile> picture, LiveReport page) {
        TrainingRun run = prepared(out.orElseGet(this::usualFolder), Optional.empty(), mode);
        JobResult end = launch(run, mode, page);
        if (!end.failure().isEmpty()) {
            spec.commandLine().getErr().println("trireme: " + end.failure() + howToGoOn(run));
        } else if (end.exitCode() == ExitCode.OK) {
            picture.ifPresent(file -> file.copyFrom(run.folder()));
        }
        return end.exitCode().code();
    }

    private static String howToGoOn(TrainingRun run) {
        return run.checkpoints().steps().stream()
                .findFirst()
                .map(step -> "; go on from step " + step + " with: " + RunCommands.resume(run))
                .orElse("");
    }

    @SuppressWarnings("try") // lock and signals are held, not used
    private JobResult launch(TrainingRun run, OutputMode mode, LiveReport page) {
        JobControl control = new JobControl();
        PrintWriter err = spec.commandLine().getErr();
        Consumer<ExitCode> first = code -> {
            err.println("trireme: ending after this step; once more ends at once");
            control.end(code);
        };
        try (RunLock lock = run.lock();
                LiveReport.Follower follower = page.follow(run.folder(), spec, mode);
                EndSignals signals = EndSignals.listen(first, code -> {
                    control.kill();
                    follower.writeInTime();
                    Runtime.getRuntime().halt(code.code());
                })) {
            return Restarts.run(
                    run,
                    () -> Launcher.run(TrainRank.job(run, mode, isDebugging()), System.err, control),
                    control,
                    restart -> err.println("trireme: " + restart));
        }
    }

    /** As a rank that another launcher started. Only ranks that do not see rank 0's folder prepare the run themselves. */
    private Integer join(RankEnvironment environment) {
        if (auto.isOn()) {
            throw new IllegalArgumentException(
                    "--auto chooses the number of ranks, and RANK says that others did; leave out one of the two");
        }
        EndSignals.listen(
                RankRequests.ofThisProcess()::end, code -> Runtime.getRuntime().halt(code.code()));
        Optional<Integer> ranks = Optional.of(environment.worldSize());
        try (LiveReport page = LiveReport.listen(environment.rank() == 0 ? live : Optional.empty());
                Rendezvous rendezvous = Rendezvous.setup(environment, parallel.timeoutOr(Rendezvous.DEFAULT_TIMEOUT))) {
            rendezvous.agree("options", sharedOptions());
            if (environment.rank() == 0) {
                train(
                        prepared(out.orElseGet(this::usualFolder), ranks, output.mode()),
                        rendezvous,
                        output.mode(),
                        page);
                return ExitCode.OK.code();
            }
            SharedRun ofFirst = SharedRun.heard(rendezvous);
            Optional<TrainingRun> seen = ofFirst.seen();
            if (seen.isPresent()) {
                train(seen.get(), rendezvous, OutputMode.NONE);
            } else {
                requireNew(ofFirst);
                TemporaryFolder.use(
                        folder -> train(prepare(folder, ranks, OutputMode.NONE), rendezvous, OutputMode.NONE, page));
            }
        }
        return ExitCode.OK.code();
    }

    /** Those that have to be the same on all ranks; paths may be those of a host. */
    private Map<String, String> sharedOptions() {
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> !OF_A_RANK.contains(option.longestName()))
                .collect(Collectors.toMap(
                        OptionSpec::longestName, option -> option.stringValues().toString()));
    }

    private void requireNew(SharedRun ofFirst) {
        if (resume.isPresent()) {
            throw new IllegalArgumentException("--resume needs the checkpoint on every rank, and this one does not see "
                    + ofFirst.folder() + " as rank 0 does; put it on a file system that all hosts share");
        }
    }

    @SuppressWarnings("try") // the lock is held, not used
    private void train(TrainingRun run, Rendezvous rendezvous, OutputMode mode, LiveReport page) {
        try (RunLock lock = run.lock();
                LiveReport.Follower follower = page.follow(run.folder(), spec, mode)) {
            if (rendezvous.environment().rank() == 0) {
                SharedRun.tell(run, rendezvous);
            }
            train(run, rendezvous, mode);
        }
    }

    private static void train(TrainingRun run, Rendezvous rendezvous, OutputMode mode) {
        SharedRun.awaitAll(rendezvous);
        TrainRank.run(run, rendezvous.withTimeout(TrainRank.timeout(run)), mode, Terminal.columns());
    }

    private TrainingRun prepared(Path folder, Optional<Integer> joined, OutputMode mode) {
        return resume.isPresent() ? resumed(resume.get(), joined, mode) : prepare(folder, joined, mode);
    }

    private TrainingRun resumed(String which, Optional<Integer> joined, OutputMode mode) {
        if (auto.isOn()) {
            throw new IllegalArgumentException(
                    "--auto chooses the layout of a new run; leave it out, or give the layout to go on with");
        }
        Activity activity = Activity.of(spec, !mode.isForPeople(), !mode.isForPeople());
        activity.begin("checking the checkpoint");
        Resumption resumption = which.equals("last")
                ? Resumption.last(out.orElseGet(this::usualFolder))
                : Resumption.of(Path.of(which));
        TrainingRun before = resumption.before();
        requireSameFolder(before.folder());
        resumption.remarks().forEach(remark -> spec.commandLine().getErr().println("trireme: " + remark));
        if (before.config().task().task() == Task.TRANSLATE) {
            data.ifPresent(file -> resumption.requireSame(
                    Corpora.read(file, corpus.over(Preset.ofOwnData().corpus()))));
        } else if (data.isPresent()) {
            throw new IllegalArgumentException("--data is " + data.get()
                    + ", but a run that goes on has its data in its folder; leave out --data");
        }
        TrainConfig past = before.config().training();
        TrainConfig settings = recovery.over(
                past, training.over(past, corpus.seedOr(past.seed()), parallel.resumed(past.parallel(), joined)));
        base.requireNone(tokenizers);
        tuning.requireSame(before.config().model());
        RunConfig wish = before.config()
                .with(model.resumed(before.config().model()), settings)
                .savedAs(base.savedOr(before.config().savedAs()))
                .withTask(task.resumed(before.config().task()));
        resumption.changes(wish).forEach(change -> activity.remark(named(change)));
        if (!resumption.later().isEmpty()) {
            activity.remark("the run goes on from step " + resumption.step() + ": its checkpoints of steps "
                    + resumption.later() + " are removed when it does");
        }
        TrainingRun run = resumption.with(wish, ranksOfHost(settings.parallel(), joined));
        if (mode.isForPeople()) {
            spec.commandLine().getOut().println("resuming " + run.folder() + " at step " + resumption.step());
            spec.commandLine().getOut().flush();
        }
        return run;
    }

    private String named(String change) {
        return new OptionNames(spec).in(change);
    }

    private void requireSameFolder(Path run) {
        if (out.isPresent()
                && !out.get()
                        .toAbsolutePath()
                        .normalize()
                        .equals(run.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException(
                    "--out is " + out.get() + " but the checkpoint is of the run in " + run + "; leave out --out");
        }
    }

    private TrainingRun prepare(Path folder, Optional<Integer> joined, OutputMode mode) {
        Optional<BaseModel.Shape> start = base.open(tokenizers);
        Preset preset = preset(start);
        CorpusOptions options = corpus.over(preset.corpus());
        ParallelConfig spread = parallel.over(preset.training().parallel(), joined);
        parallel.requireCut(training.batchSizeOr(preset.training().batchSize()), spread);
        TrainConfig settings = recovery.over(
                preset.training(),
                training.over(preset.training(), corpus.seedOr(preset.training().seed()), spread));
        ModelConfig shape = tuning.over(
                start.isPresent() ? model.over(preset.model()) : model.over(preset.model(), settings.maxLength()));
        BaseModel origin = start.map(BaseModel.Shape::base).orElse(BaseModel.NONE);
        TaskConfig kind = task.of(data, options);
        RunConfig wish = new RunConfig(shape, settings, origin, base.savedOr(DataType.F32), kind);
        Activity activity = Activity.of(spec, !mode.isForPeople(), !mode.isForPeople());
        boolean chooses = auto.isOn();
        if (chooses) {
            AutoLayout.requirePriced(spread);
        } else {
            TrainingRun.requirePossible(wish, ranksOfHost(spread, joined));
        }
        Optional<Splits> pairs = Optional.empty();
        if (kind.task() == Task.TRANSLATE) {
            activity.begin(data.map(file -> "reading " + file).orElse("making the pairs of the phrasebook"));
            pairs = Optional.of(
                    data.isPresent() ? Corpora.read(data.get(), options) : PhrasebookPreset.splits(options));
        }
        if (chooses) {
            settings = auto.training(shape, settings, activity);
            spread = settings.parallel();
            wish = wish.with(shape, settings);
            TrainingRun.requirePossible(wish, ranksOfHost(spread, joined));
        }
        activity.begin((start.isPresent() ? "encoding " : "training a tokenizer on ")
                + pairs.map(splits -> splits.train().size() + " pairs").orElseGet(() -> kind.task() + " data")
                + (spread.pipeline().split().equals("balanced") ? ", measuring layers" : ""));
        int ranksOfHost = ranksOfHost(spread, joined);
        TrainingRun run = pairs.isPresent()
                ? TrainingRun.prepare(folder, pairs.get(), wish, ranksOfHost)
                : TrainingRun.prepare(folder, data.orElseThrow(), corpus.parts(options.seed()), wish, ranksOfHost);
        if (mode.isForPeople()) {
            PrintWriter writer = spec.commandLine().getOut();
            TrainSummary.lines(run, data, options).forEach(writer::println);
            writer.flush();
            activity.begin("starting " + spread.worldSize() + (spread.worldSize() == 1 ? " rank" : " ranks")
                    + ": loading libtorch, encoding the corpus");
        }
        return run;
    }

    private Preset preset(Optional<BaseModel.Shape> start) {
        if (start.isPresent()) {
            Preset usual = Preset.ofBase(tuning.over(start.get().model()));
            CorpusOptions sizes = data.isPresent()
                    ? usual.corpus()
                    : PhrasebookPreset.settings().corpus();
            return new Preset(start.get().model(), usual.training(), sizes);
        }
        return data.isPresent() ? Preset.ofOwnData() : PhrasebookPreset.settings();
    }

    /** Ranks that others started need not be on this host. */
    private static int ranksOfHost(ParallelConfig spread, Optional<Integer> joined) {
        return joined.isPresent() ? 1 : spread.worldSize();
    }

    private Path usualFolder() {
        String name =
                data.map(file -> file.toAbsolutePath().getFileName().toString()).orElse("phrasebook");
        return Path.of("runs", name.replaceFirst("\\.(tsv|jsonl|txt)$", ""));
    }

    private boolean isDebugging() {
        return ((Main) spec.root().userObject()).isDebugging();
    }
}
