package dev.trireme.data.grammar;

import static dev.trireme.data.grammar.GermanOrder.join;

import dev.trireme.data.grammar.Clause.Tense;
import java.util.List;

/** English word order: subject, verb, objects, how, where, when; an auxiliary goes before the subject to ask. */
final class EnglishOrder {
    private static final List<String> AUXILIARIES = List.of("can", "should", "would", "will");

    private EnglishOrder() {}

    static String statement(Clause clause) {
        boolean negated = clause.kind().negated;
        VerbForm verb = VerbForm.of(clause, negated);
        String auxiliary = negated ? (verb.auxiliary + " not").replace("can not", "cannot") : verb.auxiliary;
        return join(
                fields(clause, List.of(Field.FRONT)),
                clause.subject().english(Case.NOMINATIVE),
                auxiliary,
                fields(clause, List.of(Field.FREQUENCY)),
                verb.main,
                rest(clause));
    }

    static String question(Clause clause) {
        VerbForm verb = VerbForm.of(clause, true);
        return join(
                fields(clause, List.of(Field.FRONT)),
                verb.auxiliary,
                clause.subject().english(Case.NOMINATIVE),
                fields(clause, List.of(Field.FREQUENCY)),
                verb.main,
                rest(clause));
    }

    static String infinitive(Clause clause) {
        return join("to", clause.verb().english(), rest(clause));
    }

    private static String rest(Clause clause) {
        return join(Field.ENGLISH.stream().map(fields -> fields(clause, fields)).toArray(String[]::new));
    }

    private static String fields(Clause clause, List<Field> fields) {
        return join(clause.parts().stream()
                .filter(part -> fields.contains(part.field()))
                .map(Part::english)
                .toArray(String[]::new));
    }

    /** What agrees with the subject and goes before "not", if there is such a word, and the rest of the verb. */
    private record VerbForm(String auxiliary, String main) {
        static VerbForm of(Clause clause, boolean needsAuxiliary) {
            Person person = clause.subject().person();
            Tense tense = clause.kind().tense;
            String base = (tense == Tense.FUTURE ? "will " : "")
                    + clause.modal().english()
                    + clause.verb().english();
            int blank = base.indexOf(' ');
            String first = blank < 0 ? base : base.substring(0, blank);
            String after = blank < 0 ? "" : base.substring(blank + 1);
            if (AUXILIARIES.contains(first)) {
                return new VerbForm(first, after);
            }
            if (first.equals("be")) {
                return new VerbForm(toBe(person, tense), after);
            }
            if (needsAuxiliary) {
                String present = person == Person.HE ? "does" : "do";
                return new VerbForm(tense == Tense.PAST ? "did" : present, base);
            }
            if (tense == Tense.PAST) {
                return new VerbForm("", clause.verb().past());
            }
            return new VerbForm("", join(person == Person.HE ? thirdPerson(first) : first, after));
        }

        private static String toBe(Person person, Tense tense) {
            boolean singular = person == Person.I || person == Person.HE;
            if (tense == Tense.PAST) {
                return singular ? "was" : "were";
            }
            return singular ? (person == Person.I ? "am" : "is") : "are";
        }

        private static String thirdPerson(String base) {
            if (base.equals("have")) {
                return "has";
            }
            if (base.matches(".*[^aeiou]y")) {
                return base.substring(0, base.length() - 1) + "ies";
            }
            return base + (base.matches(".*(o|s|x|sh|ch)") ? "es" : "s");
        }
    }
}
