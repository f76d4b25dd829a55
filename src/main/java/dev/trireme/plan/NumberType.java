package dev.trireme.plan;

import dev.trireme.config.Requirements;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/** How weights and activations are held. */
public enum NumberType {
    /** 32 bits: what this version trains in. */
    FLOAT32(4),
    /** 16 bits, as many exponents as float32. */
    BFLOAT16(2),
    /** 16 bits, with more digits and fewer exponents. */
    FLOAT16(2);

    private final int bytes;

    NumberType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * The size of a number.
     *
     * @return 4 or 2
     */
    public int bytes() {
        return bytes;
    }

    /**
     * The type of a name.
     *
     * @param name such as {@code float32}
     * @return the type
     * @throws IllegalArgumentException for another name
     */
    public static NumberType parse(String name) {
        Objects.requireNonNull(name, "name");
        NumberType[] found = Arrays.stream(values())
                .filter(type -> type.toString().equals(name))
                .toArray(NumberType[]::new);
        String all = Arrays.stream(values()).map(NumberType::toString).collect(Collectors.joining(", "));
        Requirements.that(found.length == 1, "dtype", name, "one of " + all);
        return found[0];
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
