package dev.trireme.data.grammar;

import java.util.ArrayList;
import java.util.List;

/** Draws whom or what the subject does something to. */
final class ObjectPhrases {
    /** What an object has to be. */
    enum Style {
        FREE,
        /** With "ein" or a number: what was not there before. */
        FRESH,
        /** Not several. */
        ONE,
        /** One piece for each who wears it. */
        WORN,
        /** With "der", "dieser" or "mein", so that "nicht" can follow. */
        KNOWN,
        KNOWN_ONE,
        /** With "kein", where the noun allows it. */
        KEIN,
        /** Bare, as one likes things in general: {@code Bücher}, {@code Tee}. */
        GENERAL
    }

    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Dice dice;

    ObjectPhrases(Lexicon lexicon, NounPhrases phrases, Dice dice) {
        this.lexicon = lexicon;
        this.phrases = phrases;
        this.dice = dice;
    }

    /** Somebody or something that the subject does something to. */
    Nominal object(Slot slot, Nominal subject, Style style) {
        if (slot.classes().contains("person") && style != Style.KEIN && dice.percent(35)) {
            return dice.percent(40) ? otherThan(subject, Name.ALL) : pronounOtherThan(subject, slot.grammaticalCase());
        }
        List<Noun> nouns = new ArrayList<>(lexicon.nouns(slot.classes()));
        nouns.removeIf(
                noun -> subject instanceof NounPhrase phrase && phrase.noun().equals(noun));
        if (style == Style.GENERAL) {
            nouns.removeIf(noun -> noun.is("person") && !noun.is("kin"));
        }
        Noun noun = dice.pick(nouns);
        boolean landmark = slot.kind() == Slot.Kind.PREPOSITION && !noun.is("person");
        return object(noun, subject, landmark && style == Style.KNOWN ? Style.KNOWN_ONE : style);
    }

    private NounPhrase object(Noun noun, Nominal subject, Style style) {
        if (noun.is("bare")) {
            return new NounPhrase(Determiner.BARE, List.of(), noun, false);
        }
        boolean plural = noun.hasPlural() && dice.percent(percentPlural(noun, style, subject));
        if (noun.is("kin")) {
            return phrases.phrase(owner(subject), noun, plural, 10);
        }
        boolean alwaysKnown = noun.is("room") || (noun.is("person") && style == Style.KEIN);
        return phrases.phrase(determiner(noun, subject, plural, alwaysKnown ? Style.KNOWN : style), noun, plural, 30);
    }

    private static int percentPlural(Noun noun, Style style, Nominal subject) {
        return switch (style) {
            case GENERAL -> noun.is("kin") ? 0 : 100;
            case ONE, KNOWN_ONE -> 0;
            case WORN -> subject.person().isSeveral() ? 100 : 0;
            case FREE, FRESH, KNOWN, KEIN -> 20;
        };
    }

    private Determiner determiner(Noun noun, Nominal subject, boolean plural, Style style) {
        return switch (style) {
            case KNOWN, KNOWN_ONE -> known(noun, subject, plural);
            case KEIN -> noun.is("mass") ? Determiner.NOT_ANY : Determiner.NOT_A;
            case GENERAL -> plural || noun.is("mass") ? Determiner.BARE : known(noun, subject, false);
            case FRESH -> fresh(noun, plural);
            case WORN -> plural ? known(noun, subject, true) : fresh(noun, false);
            case FREE, ONE ->
                dice.percent(noun.is("person") ? 75 : 50) ? known(noun, subject, plural) : fresh(noun, plural);
        };
    }

    private Determiner known(Noun noun, Nominal subject, boolean plural) {
        if (NounPhrases.canBeOwned(noun) && dice.percent(plural ? 15 : 35)) {
            return owner(subject);
        }
        return dice.percent(15) && !noun.is("mass") ? Determiner.THIS : Determiner.THE;
    }

    private Determiner fresh(Noun noun, boolean plural) {
        if (noun.is("mass")) {
            return Determiner.BARE;
        }
        if (!plural) {
            return Determiner.A;
        }
        if (dice.percent(25)) {
            return Determiner.MANY;
        }
        return dice.percent(25) && !noun.is("person") ? Determiner.BARE : phrases.number();
    }

    /** Whose: mostly the subject's own. */
    private Determiner owner(Nominal subject) {
        return subject.pronoun()
                .filter(pronoun -> dice.percent(80))
                .map(Pronoun::possessive)
                .orElseGet(() -> subject.person().speaks()
                        ? dice.pick(Determiner.YOUR, Determiner.HIS, Determiner.HER)
                        : dice.pick(Determiner.MY, Determiner.YOUR, Determiner.OUR));
    }

    private Name otherThan(Nominal subject, List<Name> names) {
        Name name = dice.pick(names);
        return name.equals(subject) ? otherThan(subject, names) : name;
    }

    /** Not "ich … mich", nor "wir … mich", "du … dich". "Sie" as an accusative is she, never they. */
    private Pronoun pronounOtherThan(Nominal subject, Case grammaticalCase) {
        List<Pronoun> fitting = new ArrayList<>(List.of(Pronoun.HE, Pronoun.SHE));
        if (grammaticalCase == Case.DATIVE) {
            fitting.add(Pronoun.THEY);
        }
        if (!subject.person().speaks()) {
            fitting.addAll(List.of(Pronoun.I, Pronoun.WE));
        }
        if (!subject.person().listens()) {
            fitting.addAll(List.of(Pronoun.YOU, Pronoun.YOU_ALL));
        }
        return dice.pick(fitting);
    }
}
