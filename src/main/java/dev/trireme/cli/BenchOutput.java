package dev.trireme.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints measurements as they come: rows of a table, or JSON. */
final class BenchOutput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    /** How a kind of measurement is written. */
    record Form<S, R>(Function<S, String> name, String header, Function<R, String> row, Function<R, String> json) {}

    /** Measures one setting after the other. */
    <S, R> List<R> measure(List<S> settings, Function<S, R> bench, Form<S, R> form) {
        PrintWriter out = spec.commandLine().getOut();
        LiveLine progress = new LiveLine(spec.commandLine().getErr(), Terminal.columnsOfErrors());
        if (!json) {
            out.println(form.header);
        }
        List<R> results = new ArrayList<>();
        for (S setting : settings) {
            progress.show(
                    "measuring %d/%d: %s".formatted(results.size() + 1, settings.size(), form.name.apply(setting)));
            R result = bench.apply(setting);
            progress.clear();
            out.println(json ? form.json.apply(result) : form.row.apply(result));
            results.add(result);
        }
        return results;
    }
}
