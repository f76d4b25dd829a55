package dev.trireme.data.grammar;

import java.util.Optional;

/** What can be a subject or an object: a noun phrase, a pronoun, a name. */
interface Nominal {
    String german(Case grammaticalCase);

    /** English knows two forms: {@code he} in the nominative, {@code him} elsewhere. */
    String english(Case grammaticalCase);

    Person person();

    /** The pronoun for people already named; empty for things, and for {@code das Kind}, where English has to guess. */
    Optional<Pronoun> pronoun();

    /** Where an object stands among the other parts of its clause. */
    Field field();
}
