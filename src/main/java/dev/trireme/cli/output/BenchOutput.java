package dev.trireme.cli.output;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints each measurement when it is done, as a row of a table or as JSON. */
public final class BenchOutput {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Option(names = "--quiet", description = "Print nothing but the result and errors.")
    private boolean quiet;

    /** The output format of a kind of measurement. */
    record Form<S, R>(Function<S, String> name, String header, Function<R, String> row, Function<R, String> json) {}

    /** Runs all measurements and prints their results. */
    public <S, R> List<R> measure(List<S> settings, Function<S, R> bench, Form<S, R> form) {
        PrintWriter out = spec.commandLine().getOut();
        int columns = quiet ? 0 : Terminal.columnsOfErrors();
        LiveLine progress = new LiveLine(spec.commandLine().getErr(), columns);
        Activity activity = Activity.of(spec, json || columns > 0, quiet);
        if (!json) {
            out.println(form.header);
        }
        List<R> results = new ArrayList<>();
        for (S setting : settings) {
            String step =
                    "measuring %d/%d: %s".formatted(results.size() + 1, settings.size(), form.name.apply(setting));
            activity.begin(step);
            progress.show(step);
            R result = bench.apply(setting);
            progress.clear();
            activity.end();
            out.println(json ? form.json.apply(result) : form.row.apply(result));
            results.add(result);
        }
        return results;
    }

    /** Prints a remark. */
    public void remark(String text) {
        if (!quiet) {
            spec.commandLine().getErr().println(text);
        }
    }
}
