package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Draws sentences of two clauses; in the subordinate one German puts the verb at the end. */
final class Subclauses {
    private static final List<String> WEARY = List.of("müde", "krank");

    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Subjects subjects;
    private final ClauseMaker clauses;
    private final Predicates predicates;
    private final Dice dice;

    Subclauses(Draw draw, ClauseMaker clauses, Predicates predicates) {
        lexicon = draw.lexicon();
        phrases = draw.phrases();
        subjects = draw.subjects();
        dice = draw.dice();
        this.clauses = clauses;
        this.predicates = predicates;
    }

    /** {@code Lisa glaubt, dass der Zug um acht Uhr ankommt.} */
    Sentence that() {
        Verb verb = dice.pick(lexicon.verbs("speech"));
        Clause main = clauses.clause(Kind.PLAIN, verb, subjects.someone());
        return joined(main, "dass", "that", any());
    }

    /** {@code Ich weiß nicht, ob Peter heute krank ist.} */
    Sentence whether() {
        Clause main = clauses.clause(Kind.NOT, lexicon.verb("wissen"), subjects.someone());
        return joined(main, "ob", "whether", any());
    }

    /** {@code Weißt du, ob …?} */
    Sentence doYouKnow() {
        Clause main = clauses.clause(Kind.PLAIN, lexicon.verb("wissen"), dice.pick(Pronoun.YOU, Pronoun.YOU_ALL));
        Clause sub = any();
        return Sentence.of(
                GermanOrder.question(main) + ", ob " + GermanOrder.subordinate(sub),
                EnglishOrder.question(main) + " whether " + EnglishOrder.statement(sub),
                "?");
    }

    /** {@code Anna weint, weil sie traurig ist.} */
    Sentence because() {
        Nominal someone = subjects.someone();
        return switch (dice.between(0, 7)) {
            case 0 -> because(clauses.clause(Kind.PLAIN, "hungry", someone), state(someone, "hungrig"));
            case 1 -> because(clauses.clause(Kind.PLAIN, "happy", someone), state(someone, "glücklich"));
            case 2 -> because(clauses.clause(Kind.PLAIN, "sad", someone), state(someone, "traurig"));
            case 3 -> because(clauses.clause(Kind.PLAIN, "rest", someone), state(someone, "müde"));
            case 4 ->
                because(
                        clauses.clause(Kind.PLAIN, lexicon.verb("aufstehen"), someone)
                                .with(Times.clock(dice)),
                        duty(again(someone)));
            default ->
                because(clauses.clause(dice.pick(Kind.NOT_MODAL, Kind.NOT_FUTURE), someone), hindrance(again(someone)));
        };
    }

    private static Sentence because(Clause main, Clause sub) {
        return joined(main, "weil", "because", sub);
    }

    private Clause state(Nominal someone, String adjective) {
        return predicates.state(again(someone), adjective);
    }

    /** {@code Obwohl er müde ist, …}: what one does all the same. */
    Sentence although() {
        return dice.percent(30)
                ? rain("obwohl", "although", "outdoors")
                : either("obwohl", "although", Kind.HABIT, this::hindrance);
    }

    /** {@code Wenn Anna Zeit hat, liest sie ein Buch.} */
    Sentence when() {
        return dice.percent(30)
                ? rain("wenn", "when", "indoors")
                : either("wenn", "when", dice.pick(Kind.GLADLY, Kind.PLAIN), this::occasion);
    }

    /** {@code Paul ist krank, aber er arbeitet.} */
    Sentence but() {
        Nominal someone = subjects.someone();
        return coordinated(hindrance(someone), ", aber ", ", but ", clauses.clause(Kind.PLAIN, "fun", again(someone)));
    }

    /** {@code Maria kocht, während Paul fernsieht.}, {@code Maria kocht und Paul sieht fern.} */
    Sentence twoAtOnce() {
        Clause one = clauses.clause(Kind.PLAIN, "fun", subjects.someone());
        Clause other = clauses.clause(Kind.PLAIN, "fun", subjects.someone());
        if (one.subject().equals(other.subject()) || one.verb().equals(other.verb())) {
            return twoAtOnce();
        }
        return dice.percent(50) ? joined(one, "während", "while", other) : coordinated(one, " und ", " and ", other);
    }

    /** {@code Er fährt in die Stadt, um ein Hemd zu kaufen.} */
    Sentence inOrderTo() {
        Nominal someone = subjects.someone();
        Slot town = new Slot(Slot.Kind.TO, false, List.of(), Case.DATIVE, Set.of("city"));
        Verb go = lexicon.verb("fahren").with(List.of(town));
        Clause main = clauses.clause(dice.pick(Kind.PLAIN, Kind.FUTURE, Kind.PAST), go, someone);
        Clause purpose = clauses.clause(Kind.PLAIN, "errand", someone);
        return Sentence.of(
                GermanOrder.statement(main.fronted()) + ", um " + GermanOrder.infinitive(purpose),
                EnglishOrder.statement(main.fronted()) + " " + EnglishOrder.infinitive(purpose),
                ".");
    }

    /** {@code Ich kenne den Mann, der im Garten arbeitet.}, {@code Er sucht das Buch, das auf dem Tisch liegt.} */
    Sentence whoOrThat() {
        boolean person = dice.percent(60);
        NounPhrase what = phrases.definite(dice.pick(lexicon.nouns(Set.of(person ? "role" : "portable"))));
        Verb verb = lexicon.verb(person ? "kennen" : dice.pick("suchen", "finden", "vergessen"));
        Part object = new Part(Field.DEFINITE, what.german(Case.ACCUSATIVE), what.english(Case.ACCUSATIVE));
        Clause main = new Clause(Kind.PLAIN, Modal.NONE, subjects.someone(), verb, List.of(object));
        Clause sub = about(what);
        return Sentence.of(
                GermanOrder.statement(main) + ", " + GermanOrder.subordinate(sub),
                EnglishOrder.statement(main) + " " + EnglishOrder.statement(sub),
                ".");
    }

    private Clause about(NounPhrase what) {
        String article = Declension.ARTICLE.ending(Case.NOMINATIVE, what.form());
        Word which = new Word(article, what.noun().is("person") ? "who" : "that", what.person());
        if (what.noun().is("person")) {
            return clauses.clause(dice.pick(Kind.PLAIN, Kind.PAST), "habit", which);
        }
        return clauses.clause(Kind.PLAIN, lexicon.verb("liegen"), which);
    }

    private static Sentence joined(Clause main, String german, String english, Clause sub) {
        return Sentence.of(
                GermanOrder.statement(main) + ", " + german + " " + GermanOrder.subordinate(sub),
                EnglishOrder.statement(main) + " " + english + " " + EnglishOrder.statement(sub),
                ".");
    }

    private static Sentence coordinated(Clause one, String german, String english, Clause other) {
        return Sentence.of(
                GermanOrder.statement(one) + german + GermanOrder.statement(other),
                EnglishOrder.statement(one) + english + EnglishOrder.statement(other),
                ".");
    }

    /** A subordinate clause before or after what one does, somebody's name always in the first. */
    private Sentence either(String german, String english, Kind kind, Function<Nominal, Clause> subordinate) {
        Nominal someone = subjects.someone();
        if (dice.percent(50)) {
            return leading(german, english, subordinate.apply(someone), clauses.clause(kind, "fun", again(someone)));
        }
        return joined(clauses.clause(kind, "fun", someone), german, english, subordinate.apply(again(someone)));
    }

    /** {@code Wenn es regnet, …}: nobody is named before the main clause. */
    private Sentence rain(String german, String english, String use) {
        Clause main = clauses.clause(Kind.PLAIN, use, subjects.someone());
        Clause sub = new Clause(Kind.PLAIN, Modal.NONE, Word.IT, lexicon.verb("regnen"), List.of());
        return dice.percent(50) ? leading(german, english, sub, main) : joined(main, german, english, sub);
    }

    private static Sentence leading(String german, String english, Clause sub, Clause main) {
        Part front = new Part(
                Field.FRONT,
                german + " " + GermanOrder.subordinate(sub) + ",",
                english + " " + EnglishOrder.statement(sub) + ",");
        Clause whole = main.with(front);
        return Sentence.of(GermanOrder.statement(whole), EnglishOrder.statement(whole), ".");
    }

    private Clause any() {
        return switch (dice.between(0, 4)) {
            case 0 -> predicates.any();
            case 1 -> clauses.clause(Kind.FUTURE);
            case 2 -> clauses.clause(Kind.PAST);
            case 3 -> clauses.clause(Kind.HABIT);
            default -> clauses.clause(Kind.MODAL);
        };
    }

    private Clause duty(Nominal someone) {
        Clause clause = clauses.clause(Kind.PLAIN, lexicon.verb(dice.pick("arbeiten", "kochen")), someone);
        return new Clause(clause.kind(), Modal.MUST, clause.subject(), clause.verb(), clause.parts());
    }

    private Clause hindrance(Nominal someone) {
        return dice.percent(60) ? predicates.state(someone, dice.pick(WEARY)) : has(someone, "keine Zeit", "no time");
    }

    private Clause occasion(Nominal someone) {
        return dice.percent(50) ? has(someone, "Zeit", "time") : predicates.state(someone, "glücklich");
    }

    private Clause has(Nominal someone, String german, String english) {
        Part what = new Part(Field.INDEFINITE, german, english);
        return new Clause(Kind.PLAIN, Modal.NONE, someone, lexicon.verb("haben"), List.of(what));
    }

    private static Pronoun again(Nominal someone) {
        return someone.pronoun().orElseThrow();
    }
}
