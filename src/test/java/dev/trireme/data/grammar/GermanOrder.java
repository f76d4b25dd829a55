package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Tense;
import java.util.ArrayList;
import java.util.List;

/**
 * German word order: the verb is a bracket around the middle of the clause.
 *
 * <pre>
 * statement     Anna     ruft   morgen ihren Bruder   an        (verb second, whatever stands first)
 * question               Ruft   Anna morgen ...       an
 * subordinate   dass Anna       morgen ihren Bruder   anruft    (the verb is whole again, at the end)
 * infinitive    um              ihren Bruder          anzurufen
 * </pre>
 */
final class GermanOrder {
    private GermanOrder() {}

    static String statement(Clause clause) {
        return clause.has(Field.FRONT)
                ? join(field(clause, Field.FRONT), finite(clause), subject(clause), middle(clause), end(clause))
                : join(subject(clause), finite(clause), middle(clause), end(clause));
    }

    static String question(Clause clause) {
        return clause.has(Field.FRONT)
                ? statement(clause)
                : join(finite(clause), subject(clause), middle(clause), end(clause));
    }

    static String subordinate(Clause clause) {
        boolean joined = !clause.modal().isGermanVerb() && clause.kind().tense != Tense.PAST;
        String verb = joined ? end(clause) + finite(clause) : join(end(clause), finite(clause));
        return join(subject(clause), middle(clause), verb);
    }

    static String infinitive(Clause clause) {
        return join(middle(clause), clause.verb().infinitiveWithZu());
    }

    private static String subject(Clause clause) {
        return clause.subject().german(Case.NOMINATIVE);
    }

    private static String finite(Clause clause) {
        Person person = clause.subject().person();
        if (clause.modal().isGermanVerb()) {
            return clause.modal().finite(person);
        }
        Verb verb = clause.verb();
        return (clause.kind().tense == Tense.PAST ? verb.auxiliary() : verb.present()).finite(person);
    }

    private static String end(Clause clause) {
        Verb verb = clause.verb();
        if (clause.modal().isGermanVerb()) {
            return verb.infinitive();
        }
        return clause.kind().tense == Tense.PAST ? verb.participle() : verb.prefix();
    }

    private static String middle(Clause clause) {
        List<Field> order = clause.has(Field.NEGATION) ? Field.GERMAN_NEGATED : Field.GERMAN;
        return join(order.stream().map(field -> field(clause, field)).toArray(String[]::new));
    }

    private static String field(Clause clause, Field field) {
        return join(clause.parts().stream()
                .filter(part -> part.field() == field)
                .map(Part::german)
                .toArray(String[]::new));
    }

    /** Blanks between words, none for what is not there. */
    static String join(String... words) {
        List<String> present = new ArrayList<>(List.of(words));
        present.removeIf(String::isEmpty);
        return String.join(" ", present);
    }
}
