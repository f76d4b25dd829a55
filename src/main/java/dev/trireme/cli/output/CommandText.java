package dev.trireme.cli.output;

import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** What the user typed, to be typed again. */
public final class CommandText {
    private CommandText() {}

    public static String of(CommandSpec spec) {
        List<String> words = spec.root().commandLine().getParseResult().originalArgs();
        return "trireme " + words.stream().map(CommandText::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
