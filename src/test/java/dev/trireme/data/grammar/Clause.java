package dev.trireme.data.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * What is said, before either language puts it in order (see {@link GermanOrder}, {@link EnglishOrder}).
 *
 * @param kind tense, modality, negation
 * @param modal the modal verb, or none
 * @param subject who or what
 * @param verb does
 * @param parts everything else, objects in English order
 */
record Clause(Kind kind, Modal modal, Nominal subject, Verb verb, List<Part> parts) {
    enum Tense {
        PRESENT,
        /** German says it in the present tense, English with "will". */
        FUTURE,
        /** German perfect, English past. */
        PAST
    }

    /** The kinds of clauses, each with what its verb has to be good for ("" is anything). */
    enum Kind {
        PLAIN("", Tense.PRESENT, false),
        HABIT("habit", Tense.PRESENT, false),
        FREQUENT("often", Tense.PRESENT, false),
        GLADLY("fun", Tense.PRESENT, false),
        FUTURE("future", Tense.FUTURE, false),
        PAST("past", Tense.PAST, false),
        MODAL("wish", Tense.PRESENT, false),
        NOT("", Tense.PRESENT, true),
        NOT_PAST("past", Tense.PAST, true),
        NOT_FUTURE("future", Tense.FUTURE, true),
        NOT_MODAL("wish", Tense.PRESENT, true);

        final String use;
        final Tense tense;
        final boolean negated;

        Kind(String use, Tense tense, boolean negated) {
            this.use = use;
            this.tense = tense;
            this.negated = negated;
        }
    }

    Clause {
        parts = List.copyOf(parts);
    }

    boolean has(Field field) {
        return parts.stream().anyMatch(part -> part.field() == field);
    }

    Clause with(Part part) {
        List<Part> more = new ArrayList<>(parts);
        more.add(part);
        return new Clause(kind, modal, subject, verb, more);
    }

    /** The same with its time, if any, in front of the verb: {@code Morgen liest der Lehrer …}. */
    Clause fronted() {
        List<Part> moved = parts.stream()
                .map(part -> part.field() == Field.TIME ? part.in(Field.FRONT) : part)
                .toList();
        return new Clause(kind, modal, subject, verb, moved);
    }
}
