package dev.trireme.data.grammar;

import java.util.Set;

/**
 * How one says to be somewhere and to go there.
 *
 * @param noun the place
 * @param at German preposition with the dative: {@code im Garten}
 * @param to German preposition: {@code in den Garten}, {@code zum Bahnhof}
 * @param toCase its case
 * @param englishAt English preposition
 * @param englishTo English preposition, or empty: go home
 * @param classes what one does there
 */
record Place(Noun noun, String at, String to, Case toCase, String englishAt, String englishTo, Set<String> classes) {

    boolean is(String name) {
        return classes.contains(name);
    }

    Part at(Field field, Nominal phrase) {
        return new Part(
                field,
                Contraction.of(at, phrase.german(Case.DATIVE)),
                GermanOrder.join(englishAt, phrase.english(Case.DATIVE)));
    }

    Part to(Nominal phrase) {
        return new Part(
                Field.BOUND,
                Contraction.of(to, phrase.german(toCase)),
                GermanOrder.join(englishTo, phrase.english(toCase)));
    }
}
