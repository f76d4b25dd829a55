package dev.trireme.cli.option;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Replaces names of record components in the library's messages by the options of a command: {@code batchSize 7 cannot
 * be cut …} becomes {@code --batch-size 7 cannot be cut …}.
 */
public final class OptionNames {
    /** Components whose options have other names. */
    private static final Map<String, List<String>> OTHER_NAMES = Map.of(
            "timeout-seconds", List.of("timeout"),
            "devices", List.of("stages"),
            "schedule", List.of("kind"),
            "vocabulary", List.of("vocab-size"),
            "vocabulary-size", List.of("vocab-size"),
            "embedding-dropout", List.of("dropout"),
            "attention-dropout", List.of("dropout"),
            "source-key", List.of("source"),
            "target-key", List.of("target"));

    /** The subject of a message at its begin: a component, or up to three words. */
    private static final Pattern SUBJECT = Pattern.compile("^[a-z][A-Za-z-]*(?: [a-z]+){0,2}(?= )");

    private static final Pattern COMPONENT = Pattern.compile("(?<![\\w./-]|is )[a-z]+(?:[A-Z][a-z]*)+(?![\\w./(-])");
    private static final Pattern NUMBERED = Pattern.compile("(?<![\\w./-])[a-z]+(?:[A-Z][a-z]*)+(?= \\d)");
    private static final Pattern WITH_NUMBER = Pattern.compile("(?<=of )[a-z]+(?= \\d)");

    private final CommandSpec command;

    public OptionNames(CommandSpec command) {
        this.command = command;
    }

    public String in(String message) {
        String named = replaced(SUBJECT, message, this::subject);
        named = replaced(COMPONENT, named, name -> option(name).orElse(name)); // others may be the user's
        named = replaced(NUMBERED, named, OptionNames::words);
        return replaced(WITH_NUMBER, named, name -> option(name).orElse(name));
    }

    /** The longest run of words that names an option; the others stay. */
    private String subject(String words) {
        for (int end = words.length(); end > 0; end = words.lastIndexOf(' ', end - 1)) {
            Optional<String> option = option(words.substring(0, end));
            if (option.isPresent()) {
                return option.get() + words.substring(end);
            }
        }
        return words;
    }

    private Optional<String> option(String name) {
        String typed = words(name).replace(' ', '-');
        return List.of(List.of(typed), OTHER_NAMES.getOrDefault(typed, List.of())).stream()
                .flatMap(List::stream)
                .map(option -> "--" + option)
                .filter(option -> command.findOption(option) != null)
                .findFirst();
    }

    private static String words(String component) {
        return component.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static String replaced(Pattern pattern, String text, UnaryOperator<String> replacement) {
        return pattern.matcher(text)
                .replaceAll((MatchResult match) -> Matcher.quoteReplacement(replacement.apply(match.group())));
    }
}
