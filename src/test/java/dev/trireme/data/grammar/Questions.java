package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import dev.trireme.data.grammar.Slot.Preposition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Draws questions; German moves the verb to the front, English needs an auxiliary there. */
final class Questions {
    /** "Was hat Anna?" asks what is the matter with her, "Wo bleibt Anna?" why she is not here yet. */
    private static final Set<String> NOT_ASKED = Set.of("haben", "bleiben");

    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Subjects subjects;
    private final ClauseMaker clauses;
    private final Predicates predicates;
    private final Dice dice;

    Questions(Draw draw, ClauseMaker clauses, Predicates predicates) {
        lexicon = draw.lexicon();
        phrases = draw.phrases();
        subjects = draw.subjects();
        dice = draw.dice();
        this.clauses = clauses;
        this.predicates = predicates;
    }

    /** {@code Trinkst du gern Tee?} */
    Sentence yesOrNo() {
        Clause clause = switch (dice.between(0, 6)) {
            case 0, 1 -> clauses.clause(Kind.MODAL);
            case 2 -> clauses.clause(Kind.PAST);
            case 3 -> clauses.clause(Kind.GLADLY);
            case 4 -> clauses.clause(Kind.FUTURE);
            case 5 -> predicates.quality();
            default -> clauses.clause(Kind.PLAIN);
        };
        // Nobody asks what he himself does or wants, but whether he may.
        boolean open = !clause.subject().person().speaks()
                || List.of(Modal.CAN, Modal.MAY, Modal.SHOULD, Modal.MUST).contains(clause.modal());
        if (clause.kind().negated || !open) {
            return yesOrNo();
        }
        return question(clause);
    }

    /** {@code Was isst die Katze?}, {@code Wem hilft Anna?}, {@code Wohin geht ihr?} */
    Sentence what() {
        Kind kind = dice.pick(Kind.PLAIN, Kind.PLAIN, Kind.PAST, Kind.MODAL);
        Verb verb = dice.pick(lexicon.verbs(kind.use));
        if (verb.slots().isEmpty() || NOT_ASKED.contains(verb.stem())) {
            return what();
        }
        Slot asked = dice.pick(verb.slots());
        List<Slot> others = new ArrayList<>(verb.slots());
        others.remove(asked);
        Nominal subject = subjects.any(verb.subjects());
        boolean thing =
                asked.kind() == Slot.Kind.PREPOSITION && !asked.classes().contains("person");
        if (thing || subject.person().speaks()) {
            return what();
        }
        Clause clause = clauses.clause(kind, verb.with(others), subject);
        return question(asked.kind() == Slot.Kind.PREPOSITION ? withWhom(clause, asked) : clause.with(word(asked)));
    }

    /** {@code Wer hat gestern das Fenster geöffnet?} */
    Sentence who() {
        Kind kind = dice.pick(Kind.PLAIN, Kind.PAST, Kind.PAST, Kind.MODAL, Kind.FUTURE, Kind.GLADLY);
        Clause clause = clauses.clause(kind, Word.WHO);
        return Sentence.of(GermanOrder.statement(clause), EnglishOrder.statement(clause), "?");
    }

    /** {@code Wann steht Paul auf?}, {@code Warum weint das Kind?} */
    Sentence whenOrWhy() {
        Part word = dice.pick(front("wann", "when"), front("warum", "why"));
        Clause clause = clauses.clause(dice.pick(Kind.PLAIN, Kind.MODAL));
        if (!clause.verb().is("habit")
                || clause.has(Field.TIME)
                || clause.subject().person().speaks()) {
            return whenOrWhy();
        }
        return question(clause.with(word));
    }

    /** {@code Wie viel kostet der Mantel?} */
    Sentence howMuch() {
        Verb cost = lexicon.verb("kosten");
        NounPhrase subject = phrases.goods(dice.pick(lexicon.nouns(cost.subjects())));
        Clause clause = new Clause(Kind.PLAIN, Modal.NONE, subject, cost, List.of(front("wie viel", "how much")));
        return question(clause);
    }

    private static Part word(Slot asked) {
        boolean person = asked.classes().contains("person") || asked.classes().equals(Set.of("kin"));
        return switch (asked.kind()) {
            case OBJECT ->
                person ? front(asked.grammaticalCase() == Case.DATIVE ? "wem" : "wen", "who") : front("was", "what");
            case AT -> front("wo", "where");
            case TO -> front("wohin", "where");
            case MEANS -> front("wie", "how");
            case PREPOSITION -> throw new IllegalStateException(asked + " is asked by its preposition");
        };
    }

    /** {@code Auf wen wartet Anna?}, in English with the preposition left behind. */
    private static Clause withWhom(Clause clause, Slot asked) {
        Preposition preposition = asked.prepositions().get(0);
        String whom = asked.grammaticalCase() == Case.DATIVE ? " wem" : " wen";
        return clause.with(front(preposition.german() + whom, "who"))
                .with(new Part(Field.BOUND, "", preposition.english()));
    }

    private static Part front(String german, String english) {
        return new Part(Field.FRONT, german, english);
    }

    private static Sentence question(Clause clause) {
        return Sentence.of(GermanOrder.question(clause), EnglishOrder.question(clause), "?");
    }
}
