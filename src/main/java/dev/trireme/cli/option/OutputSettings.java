package dev.trireme.cli.option;

import dev.trireme.cli.output.OutputMode;
import dev.trireme.cli.output.Terminal;
import picocli.CommandLine.Option;

/** Options for the output of {@code train}. */
public final class OutputSettings {
    @Option(names = "--quiet", description = "Print only the result.")
    private boolean quiet;

    @Option(names = "--json", description = "Print numbers only, one JSON object a line.")
    private boolean json;

    public OutputMode mode() {
        if (json) {
            return quiet ? OutputMode.JSON_RESULT : OutputMode.JSON;
        }
        return quiet ? OutputMode.RESULT : Terminal.columns() > 0 ? OutputMode.LIVE : OutputMode.PLAIN;
    }
}
