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

/** Rules for the arguments of every command: an option is given once, and its value is not empty. */
public final class Arguments {
    private Arguments() {}

    /** Registers the converters of numbers, names and paths. */
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
     * Refuses a repeated option. Picocli does so itself, except in groups of options, where a repeated one starts a new
     * group and silently drops the first.
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
