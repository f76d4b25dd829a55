package dev.trireme.cli.output;

import dev.trireme.report.ReportFolder;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where an experiment's page goes, and whether it is quick. */
public final class ReportOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder of report.html and report.json (runs/bench-COMMAND).")
    private Optional<Path> out = Optional.empty();

    @Option(names = "--quick", description = "Measure less, so that it takes about a minute an experiment.")
    private boolean quick;

    public boolean isQuick() {
        return quick;
    }

    /** The folder, which is made, or refused before anything is measured. */
    public ReportFolder open() {
        return ReportFolder.open(path());
    }

    /** The folder's name. */
    public Path path() {
        return out.orElseGet(() -> Path.of("runs", "bench-" + spec.name()));
    }

    /** What the user typed, to be typed again. */
    public String command() {
        return CommandText.of(spec);
    }
}
