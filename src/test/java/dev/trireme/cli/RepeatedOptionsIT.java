package dev.trireme.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Every option of every command, whatever group it is in. */
class RepeatedOptionsIT {
    /** Of which a command wants one. */
    private static final Set<String> PROMPTS = Set.of("--prompt", "--prompts", "--translate", "--chat", "--messages");

    record Case(List<String> command, OptionSpec option) {
        @Override
        public String toString() {
            return String.join(" ", command) + " " + option.longestName();
        }
    }

    static Stream<Case> options() {
        return cases(Main.commandLine(new Main()), List.of()).stream();
    }

    private static List<Case> cases(CommandLine line, List<String> command) {
        List<Case> cases = new ArrayList<>();
        if (line.getSubcommands().isEmpty()) {
            line.getCommandSpec().options().stream()
                    .filter(option -> !option.isMultiValue() && !option.usageHelp() && !option.versionHelp())
                    .forEach(option -> cases.add(new Case(command, option)));
        }
        line.getSubcommands().forEach((name, sub) -> {
            List<String> path = new ArrayList<>(command);
            path.add(name);
            cases.addAll(cases(sub, path));
        });
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void anOptionThatIsGivenTwiceIsRefused(Case one) {
        List<String> arguments = new ArrayList<>(one.command);
        add(arguments, one.option);
        required(one).forEach(option -> add(arguments, option));
        one.option.command().positionalParameters().forEach(parameter -> arguments.add("x"));
        add(arguments, one.option);
        StringWriter err = new StringWriter();
        int code = Main.run(
                new PrintWriter(new StringWriter()), new PrintWriter(err, true), arguments.toArray(String[]::new));
        assertThat(err.toString())
                .isEqualTo("trireme: %s is given more than once; give it once; see trireme %s --help%n"
                        .formatted(one.option.longestName(), String.join(" ", one.command)));
        assertThat(code).isEqualTo(2);
    }

    @Test
    void optionsThatAreMeantToRepeatAreFewAndSaySo() {
        assertThat(Set.copyOf(repeatable(Main.commandLine(new Main()))))
                .containsExactlyInAnyOrder("--stop", "--ids", "--slow", "--shape", "--add-token", "--adapter");
    }

    private static List<String> repeatable(CommandLine line) {
        List<String> names = new ArrayList<>();
        line.getCommandSpec().options().stream()
                .filter(OptionSpec::isMultiValue)
                .forEach(option -> names.add(option.longestName()));
        line.getSubcommands().values().forEach(sub -> names.addAll(repeatable(sub)));
        return names;
    }

    /** What the command insists on besides. */
    private static List<OptionSpec> required(Case one) {
        return one.option.command().options().stream()
                .filter(option -> option.required() && !option.equals(one.option))
                .filter(option -> !PROMPTS.contains(option.longestName())
                        || (option.longestName().equals("--prompt") && !PROMPTS.contains(one.option.longestName())))
                .toList();
    }

    /** With a value that its type reads. */
    private static void add(List<String> arguments, OptionSpec option) {
        arguments.add(option.longestName());
        if (option.arity().max() > 0) {
            arguments.add(value(option));
        }
    }

    private static String value(OptionSpec option) {
        String type = option.auxiliaryTypes()[0].getSimpleName();
        return switch (option.longestName()) {
            case "--all-reduce" -> "ring";
            case "--checkpoint-errors", "--on-nonfinite" -> "stop";
            case "--cache-dtype", "--dtype", "--precision", "--save-dtype" -> "float32";
            case "--cache-memory" -> "1MB";
            case "--execution" -> "eager";
            case "--ids" -> "1,2";
            case "--reduction" -> "buckets";
            case "--checkpoint-activations" -> "never";
            case "--lr-schedule" -> "linear";
            case "--neighbours" -> "stages";
            case "--pad" -> "max";
            case "--part" -> "test";
            case "--task" -> "text";
            case "--loss" -> "all";
            default -> type.equals("String") || type.equals("Path") ? "x" : "1";
        };
    }
}
