package dev.trireme.data.grammar;

import java.util.List;

/**
 * Places in a clause. German fills them in this order between the two halves of its verb:
 *
 * <pre>
 * Anna  hat | ihm      heute Abend  oft        das Buch  gern    in der Küche  einen Brief  nicht     mit dem Bus  nach Hause | verb
 *           | PRONOUN  TIME         FREQUENCY  DEFINITE  GLADLY  PLACE         INDEFINITE   NEGATION  MEANS        BOUND      |
 * </pre>
 */
enum Field {
    /** Before the verb. */
    FRONT,
    PRONOUN,
    TIME,
    FREQUENCY,
    DEFINITE,
    GLADLY,
    PLACE,
    INDEFINITE,
    NEGATION,
    MEANS,
    /** What belongs closely to the verb: {@code auf den Bus warten}, {@code nach Berlin fahren}, {@code müde sein}. */
    BOUND;

    static final List<Field> GERMAN =
            List.of(PRONOUN, TIME, FREQUENCY, DEFINITE, GLADLY, PLACE, INDEFINITE, NEGATION, MEANS, BOUND);

    /** {@code Er liest das Buch morgen nicht}: before "nicht", time follows the known object. */
    static final List<Field> GERMAN_NEGATED =
            List.of(PRONOUN, DEFINITE, TIME, FREQUENCY, GLADLY, PLACE, INDEFINITE, NEGATION, MEANS, BOUND);

    /** English keeps objects beside the verb, then says how, where and when. */
    static final List<List<Field>> ENGLISH =
            List.of(List.of(PRONOUN, DEFINITE, INDEFINITE, BOUND), List.of(MEANS), List.of(PLACE), List.of(TIME));
}
