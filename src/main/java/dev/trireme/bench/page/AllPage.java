package dev.trireme.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.NullChecks;
import dev.trireme.report.Page;
import dev.trireme.report.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What all experiments answer, with links to their pages. */
public final class AllPage {
    private AllPage() {}

    /**
     * The page.
     *
     * @param reports {@code report.json} of each experiment that left one, by its name, which is its folder's too
     * @param missing what failed or was not measured, a line each
     * @param command that measured them
     * @return what there is to see so far
     */
    public static Page of(Map<String, JsonNode> reports, List<String> missing, String command) {
        NullChecks.require("reports", reports, "missing", missing, "command", command);
        Sheet sheet = new Sheet("Experiments on this machine", command);
        Map<String, String> links = new LinkedHashMap<>();
        reports.forEach((name, report) -> {
            List<String> answers = new ArrayList<>();
            report.path("answers").forEach(answer -> answers.add(answer.asText()));
            String title = report.path("title").asText();
            answers.stream()
                    .findFirst()
                    .ifPresent(first -> sheet.answer("%s: %s", title.replaceFirst(":.*", ""), first));
            sheet.section(new Section(title, answers, List.of()));
            report.path("missing").forEach(line -> sheet.missing(name + ": " + line.asText()));
            links.put(title, name + "/report.html");
        });
        missing.forEach(sheet::missing);
        return sheet.page(links);
    }
}
