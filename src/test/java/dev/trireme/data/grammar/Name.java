package dev.trireme.data.grammar;

import java.util.List;
import java.util.Optional;

/**
 * Somebody's name, the same in both languages.
 *
 * @param name the name
 * @param known he or she
 */
record Name(String name, Pronoun known) implements Nominal {
    static final List<Name> ALL = List.of(
            new Name("Anna", Pronoun.SHE),
            new Name("Maria", Pronoun.SHE),
            new Name("Lisa", Pronoun.SHE),
            new Name("Peter", Pronoun.HE),
            new Name("Paul", Pronoun.HE),
            new Name("Thomas", Pronoun.HE));

    @Override
    public String german(Case grammaticalCase) {
        return name;
    }

    @Override
    public String english(Case grammaticalCase) {
        return name;
    }

    @Override
    public Person person() {
        return Person.HE;
    }

    @Override
    public Optional<Pronoun> pronoun() {
        return Optional.of(known);
    }

    @Override
    public Field field() {
        return Field.DEFINITE;
    }
}
