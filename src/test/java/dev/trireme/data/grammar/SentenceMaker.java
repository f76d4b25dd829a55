package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** An endless stream of German sentences with their English translations; the same seed gives the same stream. */
public final class SentenceMaker {
    private final Lexicon lexicon;
    private final Dice dice;
    private final NounPhrases phrases;
    private final ClauseMaker clauses;
    private final Predicates predicates;
    /** Each construction as often as its share of a hundred sentences. */
    private final List<Supplier<Sentence>> constructions = new ArrayList<>();

    /**
     * @param seed decides everything
     */
    public SentenceMaker(long seed) {
        Draw draw = Draw.of(seed);
        lexicon = draw.lexicon();
        dice = draw.dice();
        phrases = draw.phrases();
        clauses = new ClauseMaker(draw);
        predicates = new Predicates(draw);
        Subclauses subclauses = new Subclauses(draw, clauses, predicates);
        Questions questions = new Questions(draw, clauses, predicates);
        share(10, () -> statement(Kind.PLAIN));
        share(7, () -> statement(Kind.HABIT));
        share(4, () -> statement(Kind.FREQUENT));
        share(3, () -> statement(Kind.GLADLY));
        share(7, () -> statement(Kind.FUTURE));
        share(9, () -> statement(Kind.PAST));
        share(8, () -> statement(Kind.MODAL));
        share(4, () -> statement(Kind.NOT));
        share(4, () -> statement(dice.pick(Kind.NOT_PAST, Kind.NOT_FUTURE, Kind.NOT_MODAL)));
        share(9, () -> statement(predicates.any()));
        share(2, this::thisIs);
        share(3, this::thereIs);
        share(7, questions::yesOrNo);
        share(3, questions::what);
        share(2, questions::who);
        share(2, questions::whenOrWhy);
        share(1, questions::howMuch);
        share(2, subclauses::that);
        share(1, subclauses::whether);
        share(1, subclauses::doYouKnow);
        share(2, subclauses::because);
        share(2, subclauses::although);
        share(2, subclauses::when);
        share(1, subclauses::but);
        share(2, subclauses::twoAtOnce);
        share(2, subclauses::whoOrThat);
        share(2, subclauses::inOrderTo);
    }

    /**
     * Draws the next sentence, which may have come before.
     *
     * @return a sentence
     */
    public Sentence next() {
        return dice.pick(constructions).get();
    }

    private void share(int percent, Supplier<Sentence> construction) {
        for (int i = 0; i < percent; i++) {
            constructions.add(construction);
        }
    }

    private Sentence statement(Kind kind) {
        return statement(clauses.clause(kind));
    }

    /** {@code Der Lehrer liest morgen das Buch}, or {@code Morgen liest der Lehrer das Buch}. */
    private Sentence statement(Clause drawn) {
        Clause clause = dice.percent(50) ? drawn.fronted() : drawn;
        return Sentence.of(GermanOrder.statement(clause), EnglishOrder.statement(clause), ".");
    }

    /** {@code Das sind meine Bücher.}, {@code Ist das dein Koffer?} */
    private Sentence thisIs() {
        Noun noun = dice.pick(lexicon.nouns(Set.of("kin", "portable", "clothes", "pet", "vehicle")));
        Determiner whose = dice.pick(Determiner.MY, Determiner.YOUR, Determiner.OUR, Determiner.HIS, Determiner.HER);
        boolean plural = noun.hasPlural() && dice.percent(30);
        boolean unknown = !noun.is("kin") && !plural && dice.percent(50);
        NounPhrase what = phrases.phrase(unknown ? Determiner.A : whose, noun, plural, 30);
        Word that = new Word("das", what.plural() ? "these" : "this", what.person());
        Clause clause = predicates.identity(that, what);
        return dice.percent(40)
                ? Sentence.of(GermanOrder.question(clause), EnglishOrder.question(clause), "?")
                : statement(clause);
    }

    /** {@code In der Küche gibt es keinen Tisch.} */
    private Sentence thereIs() {
        boolean inside = dice.percent(50);
        Place place = dice.pick(lexicon.places(Set.of(inside ? "furnished" : "city")));
        Noun noun = dice.pick(lexicon.nouns(Set.of(inside ? "furniture" : "building")));
        boolean plural = noun.hasPlural() && dice.percent(50);
        Determiner some = plural
                ? dice.pick(Determiner.MANY, Determiner.NO, phrases.number())
                : dice.pick(Determiner.A, Determiner.A, Determiner.NO);
        NounPhrase what = phrases.phrase(some, noun, plural, 30);
        Part where = place.at(Field.FRONT, phrases.place(place, Word.IT));
        return Sentence.of(
                where.german() + " gibt es " + what.german(Case.ACCUSATIVE),
                where.english() + (plural ? " there are " : " there is ") + what.english(Case.ACCUSATIVE),
                ".");
    }
}
