package dev.trireme.cli.option;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** What holds for the arguments of every command: an option is given once, and says something. */
public final class Arguments {
    private Arguments() {}

    /** Numbers, names and paths are read the same way everywhere. */
    public static void register(CommandLine line) {
        ITypeConverter<Integer> whole = text -> number(text, Integer::valueOf, "a whole number below 2^31");
        ITypeConverter<Long> large = text -> number(text, Long::valueOf, "a whole number below 2^63");
        ITypeConverter<Double> real = text -> number(text, Double::valueOf, "a number, such as 0.5 or 1e-4");
        line.registerConverter(Integer.class, whole)
                .registerConverter(int.class, whole)
                .registerConverter(Long.class, large)
                .registerConverter(long.class, large)
                .registerConverter(Double.class, real)
                .registerConverter(String.class, Arguments::notEmpty)
                .registerConverter(Path.class, text -> Path.of(notEmpty(text)));
    }

    /**
     * Refuses a second value of an option. Picocli does so itself, but not in groups of options, where the second one
     * begins the group anew and silently drops the others of the first.
     */
    public static void requireOnce(ParseResult result) {
        for (ParseResult part = result; part != null; part = part.subcommand()) {
            CommandLine command = part.commandSpec().commandLine();
            firstRepeated(part).ifPresent(option -> {
                throw new ParameterException(command, repeated(option));
            });
        }
    }

    public static Optional<OptionSpec> firstRepeated(ParseResult part) {
        List<OptionSpec> matched = part.matchedOptions();
        return matched.stream()
                .filter(option -> !option.isMultiValue() && Collections.frequency(matched, option) > 1)
                .findFirst();
    }

    public static String repeated(OptionSpec option) {
        return option.longestName() + " is given more than once; give it once";
    }

    private interface Reader<T> {
        T read(String text) throws NumberFormatException;
    }

    private static <T> T number(String text, Reader<T> reader, String kind) {
        try {
            return reader.read(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not " + kind);
        }
    }

    private static String notEmpty(String text) {
        if (text.isBlank()) {
            throw new TypeConversionException("it is empty; give a value or leave the option out");
        }
        return text;
    }

    /** A text that may be empty. */
    static final class AnyText implements ITypeConverter<String> {
        @Override
        public String convert(String text) {
            return text;
        }
    }
}
