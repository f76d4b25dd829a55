package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Draws clauses about what somebody or something is: tired, older than another, a doctor, ten years old. */
final class Predicates {
    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Subjects subjects;
    private final Dice dice;
    private final Verb be;

    Predicates(Draw draw) {
        lexicon = draw.lexicon();
        phrases = draw.phrases();
        subjects = draw.subjects();
        dice = draw.dice();
        be = lexicon.verb("sein").with(List.of());
    }

    /** One of all that this class can say. */
    Clause any() {
        return switch (dice.between(0, 9)) {
            case 0, 1, 2, 3 -> quality();
            case 4 -> quality(subjects.someone());
            case 5, 6 -> comparison();
            case 7 -> profession();
            case 8 -> age();
            default -> price();
        };
    }

    /** {@code Das Hemd ist nicht teuer}. */
    Clause quality() {
        NounPhrase subject = phrases.known(dice.pick(describable()));
        return subject.noun().is("person")
                ? quality(subject.plain())
                : quality(subject.plain(), dice.pick(lexicon.adjectives(subject.noun())));
    }

    /** {@code Anna ist heute krank}. */
    Clause quality(Nominal someone) {
        return quality(someone, dice.pick(lexicon.adjectives(Set.of("person", "mood"))));
    }

    Clause quality(Nominal subject, Adjective adjective) {
        boolean negated = dice.percent(25);
        Clause clause = be(negated ? Kind.NOT : Kind.PLAIN, subject, adjective.german(), adjective.english());
        if (adjective.classes().contains("mood") && dice.percent(40)) {
            return clause.with(negated || dice.percent(60) ? Times.today(dice) : Times.frequency(dice));
        }
        return clause;
    }

    /** {@code weil sie müde ist}. */
    Clause state(Nominal someone, String adjective) {
        return be(Kind.PLAIN, someone, adjective, lexicon.adjective(adjective).english());
    }

    /** {@code Das Auto ist schneller als der Bus}; {@code … genauso alt wie …}. */
    Clause comparison() {
        Adjective adjective = dice.pick(
                lexicon.adjectives().stream().filter(Adjective::compares).toList());
        String shared = dice.pick(List.copyOf(new TreeSet<>(adjective.classes())));
        List<Noun> nouns = lexicon.nouns(Set.of(shared)).stream()
                .filter(noun -> !noun.is("person") || noun.is("peer"))
                .toList();
        NounPhrase one = phrases.one(dice.pick(nouns));
        NounPhrase other = phrases.one(dice.pick(nouns));
        if (one.noun().equals(other.noun())) {
            return comparison();
        }
        String german = other.german(Case.NOMINATIVE);
        String english = other.english(Case.NOMINATIVE);
        return dice.percent(70)
                ? be(
                        Kind.PLAIN,
                        one,
                        adjective.comparative() + " als " + german,
                        adjective.englishComparative() + " than " + english)
                : be(
                        Kind.PLAIN,
                        one,
                        "genauso " + adjective.german() + " wie " + german,
                        "as " + adjective.english() + " as " + english);
    }

    /** {@code Meine Schwester ist Ärztin}. */
    private Clause profession() {
        Nominal subject = subjects.someone();
        List<Noun> jobs = lexicon.nouns(Set.of("job")).stream()
                .filter(noun -> subject.pronoun()
                        .filter(known -> known.canBe(noun.gender()))
                        .isPresent())
                .toList();
        boolean said = subject instanceof NounPhrase phrase && phrase.noun().is("job");
        if (jobs.isEmpty() || said) {
            return profession();
        }
        Noun job = dice.pick(jobs);
        NounPhrase english = new NounPhrase(Determiner.A, List.of(), job, false);
        return be(Kind.PLAIN, subject, job.german(), english.english(Case.NOMINATIVE));
    }

    /** {@code Paul ist zwölf Jahre alt}. */
    private Clause age() {
        Nominal subject = subjects.any(Set.of("child", "pet"));
        Numeral years = Numeral.of(dice.between(2, 12));
        return be(Kind.PLAIN, subject, years.german() + " Jahre alt", years.english() + " years old");
    }

    /** {@code Der Hut kostet zwanzig Euro}. */
    private Clause price() {
        Verb cost = lexicon.verb("kosten");
        NounPhrase subject = phrases.goods(dice.pick(lexicon.nouns(cost.subjects())));
        Numeral euros = subject.noun().is("grocery") ? Numeral.of(dice.between(2, 6)) : Numeral.tens(dice);
        Part price = new Part(Field.BOUND, euros.german() + " Euro", euros.english() + " euros");
        return new Clause(Kind.PLAIN, Modal.NONE, subject, cost, List.of(price));
    }

    /** Is it {@code er}, {@code der Mann} or {@code die Tür}: the predicate is another noun phrase. */
    Clause identity(Nominal subject, NounPhrase other) {
        return be(Kind.PLAIN, subject, other.german(Case.NOMINATIVE), other.english(Case.NOMINATIVE));
    }

    private Clause be(Kind kind, Nominal subject, String german, String english) {
        Clause clause = new Clause(kind, Modal.NONE, subject, be, List.of(new Part(Field.BOUND, german, english)));
        return kind.negated ? clause.with(ClauseMaker.NICHT) : clause;
    }

    private List<Noun> describable() {
        return lexicon.nouns().stream()
                .filter(noun -> !lexicon.adjectives(noun).isEmpty())
                .toList();
    }
}
