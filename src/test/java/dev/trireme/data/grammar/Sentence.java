package dev.trireme.data.grammar;

import dev.trireme.config.NullChecks;
import java.util.Locale;

/**
 * A sentence in both languages, with its capital and its mark at the end.
 *
 * @param german German
 * @param english the same in English
 */
public record Sentence(String german, String english) {
    /** Nothing may be missing. */
    public Sentence {
        NullChecks.require("german", german, "english", english);
    }

    static Sentence of(String german, String english, String mark) {
        return new Sentence(capital(german) + mark, capital(english) + mark);
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }
}
