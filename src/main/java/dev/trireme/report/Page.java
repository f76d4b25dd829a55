package dev.trireme.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A page.
 *
 * @param title its heading
 * @param command that made it, or that it is about; empty for none
 * @param answers what it says in a few sentences, with figures
 * @param missing what it lacks, and why; empty when it is whole
 * @param sections in order
 * @param machine what was measured on, by names
 * @param measurements the raw numbers
 * @param links to pages beside it, by what they are called
 */
public record Page(
        String title,
        String command,
        List<String> answers,
        List<String> missing,
        List<Section> sections,
        Map<String, String> machine,
        List<JsonNode> measurements,
        Map<String, String> links) {
    /** Keeps copies of the lists. */
    public Page {
        NullChecks.require("title", title, "command", command, "answers", answers, "missing", missing);
        NullChecks.require("sections", sections, "machine", machine, "measurements", measurements, "links", links);
        answers = List.copyOf(answers);
        missing = List.copyOf(missing);
        sections = List.copyOf(sections);
        machine = new LinkedHashMap<>(machine);
        measurements = List.copyOf(measurements);
        links = new LinkedHashMap<>(links);
    }

    /**
     * For programs.
     *
     * @return the page as JSON with keys in snake case, without drawings
     */
    public String toJson() {
        return Json.text(Json.PRETTY_WRITER, Json.snakeCaseTree(this)) + "\n";
    }
}
