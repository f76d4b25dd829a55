package dev.trireme.data.grammar;

import java.util.Set;

/**
 * An adjective and its comparative.
 *
 * @param german as a predicate: {@code teuer}
 * @param comparative {@code teurer}, or {@code -}
 * @param english {@code expensive}
 * @param englishComparative {@code more expensive}, or {@code -}
 * @param classes the classes of nouns it fits
 */
record Adjective(String german, String comparative, String english, String englishComparative, Set<String> classes) {
    boolean compares() {
        return !comparative.equals("-");
    }

    /** Before a noun: {@code teures}, {@code müde}. */
    String german(String ending) {
        if (german.endsWith("uer")) {
            return german.substring(0, german.length() - 2) + "r" + ending;
        }
        return (german.endsWith("e") ? german.substring(0, german.length() - 1) : german) + ending;
    }
}
