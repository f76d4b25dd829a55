package dev.trireme.cli;

import dev.trireme.cli.option.OutputSettings;
import dev.trireme.cli.output.CheckpointTable;
import dev.trireme.config.BadInputException;
import dev.trireme.config.ExitCode;
import dev.trireme.train.Checkpoints;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "checkpoints",
        description = "List the checkpoints of a run: step, time, loss, size, layout, whole or not.",
        footer = {"", "The exit code is 3 when one of them is not whole."})
final class CheckpointsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder of a run.")
    private Path run = Path.of("");

    @ArgGroup(validate = false, heading = "%nOutput%n")
    private OutputSettings output = new OutputSettings();

    @Override
    public Integer call() {
        if (!Files.isDirectory(run)) {
            throw new BadInputException(run + ": is no folder; name the --out of a run");
        }
        CheckpointTable table = CheckpointTable.of(Checkpoints.of(run));
        (output.mode().isForPeople() ? table.lines(run) : table.json())
                .forEach(spec.commandLine().getOut()::println);
        return (table.allWhole() ? ExitCode.OK : ExitCode.BAD_INPUT).code();
    }
}
