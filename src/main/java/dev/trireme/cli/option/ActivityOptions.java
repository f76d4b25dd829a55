package dev.trireme.cli.option;

import dev.trireme.cli.output.Activity;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a command reports its activity. */
public final class ActivityOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    /** The activity of the command. */
    public Activity activity(boolean json) {
        return Activity.of(spec, json, quiet);
    }

    public boolean isQuiet() {
        return quiet;
    }
}
