package dev.trireme.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.bench.Spread;
import dev.trireme.bench.Trial;
import dev.trireme.config.Json;
import dev.trireme.machine.MachineFacts;
import dev.trireme.report.Page;
import dev.trireme.report.Point;
import dev.trireme.report.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** A page while it is put together: what all experiments' pages have. */
final class Sheet {
    static final String PREDICTIONS =
            "Predictions are the planner's, from parts of the model that were measured one by one here, within a day.";

    private final String title;
    private final String command;
    private final List<String> answers = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();
    private final List<JsonNode> measurements = new ArrayList<>();

    Sheet(String title, String command) {
        this.title = title;
        this.command = command;
    }

    void answer(String format, Object... values) {
        answers.add(text(format, values));
    }

    void missing(String line) {
        missing.add(line);
    }

    void section(Section section) {
        sections.add(section);
    }

    /** What failed, and what was not tried. */
    <S, R> void missing(List<Trial<S, R>> trials) {
        for (Trial<S, R> trial : trials) {
            trial.failure().ifPresent(why -> missing.add(trial.name() + " failed: " + why));
        }
        List<String> open = trials.stream()
                .filter(trial -> trial.result().isEmpty() && trial.failure().isEmpty())
                .map(Trial::name)
                .toList();
        if (!open.isEmpty()) {
            missing.add(text("%d of %d were not measured: %s", open.size(), trials.size(), String.join("; ", open)));
        }
    }

    void measurement(Object result) {
        measurements.add(Json.snakeCaseTree(result));
    }

    Page page() {
        return page(Map.of());
    }

    Page page(Map<String, String> links) {
        return new Page(title, command, answers, missing, sections, MachineFacts.here("written"), measurements, links);
    }

    static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Such as {@code 1, 2 and 4}. */
    static String list(List<String> words) {
        int last = words.size() - 1;
        return last < 1
                ? String.join("", words)
                : String.join(", ", words.subList(0, last)) + " and " + words.get(last);
    }

    static Point point(double x, Spread spread) {
        return new Point(x, spread.median(), spread.min(), spread.max(), "");
    }

    /** A speed of work at the median time, with the range of the times. */
    static Point speed(double x, double workTimesMillis, Spread millis) {
        return new Point(
                x,
                workTimesMillis / millis.median(),
                workTimesMillis / millis.max(),
                workTimesMillis / millis.min(),
                "");
    }

    static String orDash(OptionalDouble number, String format) {
        return number.isPresent() ? text(format, number.getAsDouble()) : "-";
    }
}
