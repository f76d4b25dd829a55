package dev.trireme.data.grammar;

import java.util.Optional;

/**
 * A subject that never changes: {@code wer}, {@code es}, the {@code der} of a relative clause.
 *
 * @param german in every case
 * @param english in every case
 * @param person what its verb agrees with
 */
record Word(String german, String english, Person person) implements Nominal {
    static final Word WHO = new Word("wer", "who", Person.HE);
    static final Word IT = new Word("es", "it", Person.HE);

    @Override
    public String german(Case grammaticalCase) {
        return german;
    }

    @Override
    public String english(Case grammaticalCase) {
        return english;
    }

    @Override
    public Optional<Pronoun> pronoun() {
        return Optional.empty();
    }

    @Override
    public Field field() {
        return Field.DEFINITE;
    }
}
