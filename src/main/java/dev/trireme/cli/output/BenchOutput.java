package dev.trireme.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trireme.bench.Trial;
import dev.trireme.config.Json;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Consumer;
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
    public record Form<S, R>(
            Function<S, String> name, String header, Function<R, String> row, Function<R, String> json) {}

    /** How a kind of measurement is predicted, made and reported. */
    public record Measures<S, R>(
            Function<S, OptionalDouble> predicted, Function<S, R> bench, Consumer<List<Trial<S, R>>> report) {}

    /**
     * Measures one setting after the other, each predicted before in milliseconds of its step. All that there is is
     * reported after each, so that whatever ends this leaves a report.
     */
    public <S, R> List<R> measure(List<S> settings, Measures<S, R> measures, Form<S, R> form) {
        List<Trial<S, R>> trials = new ArrayList<>();
        settings.forEach(setting -> trials.add(Trial.of(setting, form.name.apply(setting))));
        measures.report.accept(trials);
        PrintWriter out = spec.commandLine().getOut();
        int columns = quiet ? 0 : Terminal.columnsOfErrors();
        LiveLine progress = new LiveLine(spec.commandLine().getErr(), columns);
        Activity activity = Activity.of(spec, json || columns > 0, quiet);
        if (!json) {
            out.println(form.header + "   predicted ms");
        }
        List<R> results = new ArrayList<>();
        for (int i = 0; i < trials.size(); i++) {
            String step = "measuring %d/%d: %s"
                    .formatted(i + 1, settings.size(), trials.get(i).name());
            activity.begin(step);
            progress.show(step);
            OptionalDouble before = OptionalDouble.empty();
            R result;
            try {
                before = measures.predicted.apply(settings.get(i));
                result = measures.bench.apply(settings.get(i));
            } catch (RuntimeException e) {
                progress.clear();
                trials.set(i, trials.get(i).failed(String.valueOf(e.getMessage())));
                measures.report.accept(trials);
                throw e;
            }
            progress.clear();
            activity.end();
            out.println(
                    json
                            ? withPrediction(form.json.apply(result), before)
                            : form.row.apply(result) + "   " + text(before));
            results.add(result);
            trials.set(i, trials.get(i).done(before, result));
            measures.report.accept(trials);
        }
        return results;
    }

    private static String text(OptionalDouble milliseconds) {
        return milliseconds.isPresent()
                ? String.format(Locale.ROOT, "%12.1f", milliseconds.getAsDouble())
                : "           -";
    }

    private static String withPrediction(String result, OptionalDouble milliseconds) {
        try {
            ObjectNode object = (ObjectNode) Json.READER.readTree(result);
            milliseconds.ifPresent(value -> object.put("predicted_ms", value));
            return object.toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a result is no JSON: " + result, e);
        }
    }

    /** Says where something went. */
    public void remark(String text) {
        if (!quiet) {
            spec.commandLine().getErr().println(text);
        }
    }
}
