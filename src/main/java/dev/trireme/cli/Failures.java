package dev.trireme.cli;

import dev.trireme.cli.option.Arguments;
import dev.trireme.cli.option.OptionNames;
import dev.trireme.config.BadInputException;
import dev.trireme.config.ExitCode;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MaxValuesExceededException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns exceptions into one line and an exit code. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    static final String DEBUG_VARIABLE = "TRIREME_DEBUG";

    private final BooleanSupplier debug;

    Failures(BooleanSupplier debug) {
        this.debug = debug;
    }

    static boolean isDebuggingByVariable() {
        return "1".equals(System.getenv(DEBUG_VARIABLE));
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        String message = messageOf(e).replaceFirst("^Error: ", ""); // picocli says so of groups of options
        if (e instanceof OverwrittenOptionException again && again.getOverwritten() instanceof OptionSpec option) {
            message = Arguments.repeated(option);
        }
        if (e instanceof MaxValuesExceededException) { // of a group that is begun anew
            message = Arguments.firstRepeated(command.getParseResult())
                    .map(Arguments::repeated)
                    .orElse(message);
        }
        command.getErr().println("trireme: " + message + suggestions(e) + "; see " + name + " --help");
        return ExitCode.USAGE.code();
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult result) {
        Exception named = e;
        if (e instanceof IllegalArgumentException && !(e instanceof BadInputException) && e.getMessage() != null) {
            named = new IllegalArgumentException(new OptionNames(command.getCommandSpec()).in(e.getMessage()), e);
        }
        return report(named, command.getErr());
    }

    int report(Throwable failure, PrintWriter err) {
        err.println("trireme: " + messageOf(failure));
        if (debug.getAsBoolean()) {
            failure.printStackTrace(err);
        }
        return ExitCode.of(failure).code();
    }

    private static String suggestions(ParameterException e) {
        List<String> likely =
                e instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        return likely.isEmpty() ? "" : " (did you mean " + String.join(" or ", likely) + "?)";
    }

    private static String messageOf(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || failure instanceof Error) {
            return oneLine(failure.toString());
        }
        if (failure instanceof FileSystemException) { // its message is often just the path
            return failure.getClass().getSimpleName() + ": " + oneLine(message);
        }
        return oneLine(message);
    }

    private static String oneLine(String message) {
        return message.lines().map(String::strip).collect(Collectors.joining(" "));
    }
}
