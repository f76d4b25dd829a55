package dev.trireme.data.grammar;

import java.util.Set;

/**
 * A noun.
 *
 * @param gender of the singular
 * @param german the nominative singular
 * @param oblique accusative and dative singular: {@code Jungen} of {@code Junge}
 * @param plural the nominative plural, or {@code -}
 * @param english the singular
 * @param englishPlural the plural, or {@code -}
 * @param classes what it is, for verbs and adjectives to choose by
 */
record Noun(
        Gender gender,
        String german,
        String oblique,
        String plural,
        String english,
        String englishPlural,
        Set<String> classes) {

    boolean is(String name) {
        return classes.contains(name);
    }

    boolean hasPlural() {
        return !plural.equals("-");
    }

    String german(Case grammaticalCase, boolean inPlural) {
        if (inPlural) {
            boolean addsN = grammaticalCase == Case.DATIVE && !plural.endsWith("n") && !plural.endsWith("s");
            return addsN ? plural + "n" : plural;
        }
        return grammaticalCase == Case.NOMINATIVE ? german : oblique;
    }
}
