package dev.trireme.cli.option;

import dev.trireme.engine.CacheType;
import dev.trireme.generate.EngineConfig;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The key/value cache of generation. */
public final class CacheSettings {
    @Option(
            names = "--cache-memory",
            paramLabel = "SIZE",
            description =
                    "Memory of a copy's keys and values, such as 512MB or 4GB (a quarter of what is free, shared by all copies).",
            converter = Size.class)
    private Optional<Long> bytes = Optional.empty();

    @Option(
            names = "--cache-dtype",
            paramLabel = "TYPE",
            description =
                    "Type of keys and values: float32, or bfloat16, which halves them and changes log-probabilities"
                            + " by 0.007 on average with SmolLM2-135M (float32).",
            converter = Type.class)
    private CacheType type = CacheType.FLOAT32;

    /** Parses a number of bytes. */
    static final class Size implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            String upper = text.toUpperCase(Locale.ROOT);
            if (!upper.matches("[1-9]\\d{0,8}(MB|GB)")) {
                throw new TypeConversionException("'" + text + "' is no size; use one such as 512MB or 4GB");
            }
            long number = Long.parseLong(upper.substring(0, upper.length() - 2));
            return number * (upper.endsWith("GB") ? 1_000_000_000L : 1_000_000L);
        }
    }

    /** Parses a type. */
    static final class Type implements ITypeConverter<CacheType> {
        @Override
        public CacheType convert(String text) {
            for (CacheType type : CacheType.values()) {
                if (type.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return type;
                }
            }
            throw new TypeConversionException("'" + text + "' is unknown; use float32, bfloat16");
        }
    }

    /**
     * These settings over an engine's others.
     *
     * @param settings of the engine
     * @return the changed copy
     */
    public EngineConfig over(EngineConfig settings) {
        Objects.requireNonNull(settings, "settings");
        return settings.withCache(type, bytes.orElse(0L));
    }
}
