package dev.trireme.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;

/** Lists the commands in groups by purpose. */
final class CommandGroups implements IHelpSectionRenderer {
    static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

    static {
        GROUPS.put("Train", List.of("train", "evaluate", "checkpoints"));
        GROUPS.put("Use a model", List.of("generate", "score", "template", "serve", "replay", "import", "merge"));
        GROUPS.put("Data", List.of("corpus"));
        GROUPS.put("Pipelines", List.of("plan", "schedule", "verify"));
        GROUPS.put("This machine", List.of("doctor", "bench"));
    }

    @Override
    public String render(Help help) {
        List<String> lines = new ArrayList<>();
        GROUPS.forEach((title, commands) -> {
            lines.add("");
            lines.add(title + ":");
            for (String command : commands) {
                Help ofCommand = Objects.requireNonNull(help.subcommands().get(command), command);
                lines.add(
                        "  %-10s %s".formatted(command, ofCommand.description().strip()));
            }
        });
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }
}
