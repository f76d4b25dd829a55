package dev.trireme.data.grammar;

import java.util.Map;

/**
 * The German present tense.
 *
 * @param forms what each person says
 */
record Conjugation(Map<Person, String> forms) {
    static final Conjugation HABEN = of("haben", "hat");
    static final Conjugation SEIN = of("bin", "bist", "ist", "sind", "seid");

    /** Everything follows from the infinitive and the third person, vowel changes included. */
    static Conjugation of(String infinitive, String third) {
        if (infinitive.equals("sein")) {
            return SEIN;
        }
        String stem = infinitive.substring(0, infinitive.length() - (infinitive.endsWith("en") ? 2 : 1));
        // kann, muss, mag, weiß, möchte: the first person is the third.
        boolean regular = third.endsWith("t");
        String first = regular ? stem + "e" : third;
        String second = regular ? third.substring(0, third.length() - 1) : third;
        boolean hisses = second.matches(".*[sßxz]");
        boolean needsVowel = stem.matches(".*([dt]|[^aeiouäöülrhmn][mn])");
        String all = stem + (needsVowel ? "et" : "t");
        return of(first, second + (hisses ? "t" : "st"), third, infinitive, all);
    }

    private static Conjugation of(String first, String second, String third, String plural, String secondPlural) {
        return new Conjugation(Map.of(
                Person.I, first,
                Person.YOU, second,
                Person.HE, third,
                Person.WE, plural,
                Person.YOU_ALL, secondPlural,
                Person.THEY, plural));
    }

    String finite(Person person) {
        String form = forms.get(person);
        if (form == null) {
            throw new IllegalStateException("no form for " + person + " in " + forms + "; give all six");
        }
        return form;
    }
}
