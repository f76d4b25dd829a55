package dev.trireme.config;

import java.util.Objects;

/** A number of things as people say it. */
public final class Count {
    private Count() {}

    /**
     * Such as {@code 1 rank}, {@code 2 ranks} or {@code 8 micro-batches}.
     *
     * @param number how many
     * @param noun one of them
     * @return both, the noun in its plural unless it is one
     */
    public static String of(long number, String noun) {
        Objects.requireNonNull(noun, "noun");
        String plural = noun.endsWith("ch") ? noun + "es" : noun + "s";
        return number + " " + (number == 1 ? noun : plural);
    }
}
