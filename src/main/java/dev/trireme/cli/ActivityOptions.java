package dev.trireme.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a command tells what it does. */
final class ActivityOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    /** Of the command. */
    Activity activity(boolean json) {
        return Activity.of(spec, json, quiet);
    }

    boolean isQuiet() {
        return quiet;
    }
}
