package dev.trireme.cli;

import dev.trireme.cli.option.Arguments;
import dev.trireme.cli.option.DtypeConverter;
import dev.trireme.cli.option.NamedValue;
import dev.trireme.cli.option.RecoverySettings;
import dev.trireme.cli.output.Activity;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.ExitCode;
import dev.trireme.config.LearningRateSchedule;
import dev.trireme.config.OnNotFinite;
import dev.trireme.config.Padding;
import dev.trireme.config.Precision;
import dev.trireme.config.Reduction;
import dev.trireme.engine.Weights;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code trireme}: the command line. */
@Command(
        name = "trireme",
        versionProvider = Version.class,
        description = "Trains GPT-2, LLaMA, Qwen and Mistral models and generates with them, on one or many devices.%n",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 finished, 2 wrong usage, 3 bad input file, 10 lost a rank, 11 waited too long, 12 out of "
                    + "memory, 13 not finite, 14 could not write, 15 restarts used up, 130 SIGINT, 143 SIGTERM, 1 anything else."
        },
        subcommands = {
            TrainCommand.class,
            EvaluateCommand.class,
            CheckpointsCommand.class,
            GenerateCommand.class,
            ScoreCommand.class,
            TemplateCommand.class,
            ServeCommand.class,
            ReplayCommand.class,
            ImportCommand.class,
            MergeCommand.class,
            CorpusCommand.class,
            PlanCommand.class,
            ScheduleCommand.class,
            VerifyCommand.class,
            DoctorCommand.class,
            BenchCommand.class
        })
public final class Main implements Activity.Owner {
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @SuppressWarnings("UnusedVariable") // picocli acts on it
    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions of Trireme and its libraries.")
    private boolean version;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace of an error.")
    private boolean debug;

    private Optional<Activity> activity = Optional.empty();

    Main() {}

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments the command and its options
     */
    public static void main(String[] arguments) {
        System.exit(run(standardOutput(), standardError(), arguments));
    }

    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        Main main = new Main();
        CommandLine line = commandLine(main).setOut(out).setErr(err);
        Failures failures = new Failures(main::isDebugging);
        line.setExecutionExceptionHandler(failures).setParameterExceptionHandler(failures);
        line.setExecutionStrategy(result -> {
            Arguments.requireOnce(result);
            try {
                return new CommandLine.RunLast().execute(result);
            } finally {
                main.activity.ifPresent(Activity::end);
            }
        });
        try {
            int code = line.execute(arguments.length == 0 ? new String[] {"--help"} : arguments);
            if (code == ExitCode.OK.code() && out.checkError()) {
                err.println("trireme: standard output cannot be written; free space or redirect it elsewhere");
                return ExitCode.CHECKPOINT.code();
            }
            return code;
        } catch (Error e) { // picocli hands only exceptions to its handlers
            return failures.report(e, err);
        }
    }

    /** Runs an action; if it fails, ends the process as {@link #main} would. */
    static void exitOnFailure(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            System.exit(new Failures(Failures::isDebuggingByVariable).report(e, standardError()));
        }
    }

    static CommandLine commandLine(Main main) {
        CommandLine line = new CommandLine(main)
                .registerConverter(LearningRateSchedule.Shape.class, new NamedValue<>(LearningRateSchedule.Shape.class))
                .registerConverter(ActivationCheckpointing.class, new NamedValue<>(ActivationCheckpointing.class))
                .registerConverter(Padding.class, new NamedValue<>(Padding.class))
                .registerConverter(OnNotFinite.class, new NamedValue<>(OnNotFinite.class))
                .registerConverter(RecoverySettings.OnError.class, new NamedValue<>(RecoverySettings.OnError.class))
                .registerConverter(Precision.class, new NamedValue<>(Precision.class))
                .registerConverter(Reduction.class, new NamedValue<>(Reduction.class))
                .registerConverter(Weights.class, new DtypeConverter())
                .registerConverter(EvaluateCommand.Part.class, new NamedValue<>(EvaluateCommand.Part.class))
                .setUsageHelpAutoWidth(true)
                .setExpandAtFiles(false); // a prompt may begin with @
        Arguments.register(line);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandGroups());
        line.getHelpSectionMap().remove(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING);
        return line;
    }

    @Override
    public void endWith(Activity ofCommand) {
        activity = Optional.of(ofCommand);
    }

    boolean isDebugging() {
        return debug || Failures.isDebuggingByVariable();
    }

    static PrintWriter standardOutput() {
        return utf8(FileDescriptor.out);
    }

    private static PrintWriter standardError() {
        return utf8(FileDescriptor.err);
    }

    /** A UTF-8 writer for any locale. */
    private static PrintWriter utf8(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }
}
