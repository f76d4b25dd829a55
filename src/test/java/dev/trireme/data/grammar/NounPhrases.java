package dev.trireme.data.grammar;

import java.util.List;
import java.util.Set;

/** Puts determiner, adjective and noun together, and chooses among them where it makes no difference to the sense. */
final class NounPhrases {
    /** What is nobody's own. */
    private static final Set<String> SHARED = Set.of("person", "building", "town", "outdoors", "transport");

    private final Lexicon lexicon;
    private final Dice dice;

    NounPhrases(Lexicon lexicon, Dice dice) {
        this.lexicon = lexicon;
        this.dice = dice;
    }

    static boolean canBeOwned(Noun noun) {
        return SHARED.stream().noneMatch(noun::is);
    }

    /** With an adjective that fits in so many of a hundred cases. */
    NounPhrase phrase(Determiner determiner, Noun noun, boolean plural, int percentAdjectives) {
        List<Adjective> fitting = lexicon.adjectives(noun);
        boolean described = !fitting.isEmpty() && dice.percent(percentAdjectives);
        return new NounPhrase(determiner, described ? List.of(dice.pick(fitting)) : List.of(), noun, plural);
    }

    /** {@code der Mann}, {@code die Bücher}. */
    NounPhrase definite(Noun noun) {
        return phrase(Determiner.THE, noun, noun.hasPlural() && dice.percent(25), 20);
    }

    /** {@code meine Brüder}, {@code diese Lampe}. */
    NounPhrase known(Noun noun) {
        boolean plural = noun.hasPlural() && dice.percent(20);
        boolean owned = canBeOwned(noun) && !plural && dice.percent(25);
        return phrase(owned ? ours() : known(noun.is("kin")), noun, plural, 20);
    }

    /** {@code meine Schwester}, {@code dieses Auto}. */
    NounPhrase one(Noun noun) {
        return phrase(known(noun.is("kin")), noun, false, 0);
    }

    /** {@code der Apfel}, {@code drei Hemden}: what has a price. */
    NounPhrase goods(Noun noun) {
        return noun.hasPlural() && dice.percent(40)
                ? phrase(dice.pick(Determiner.THE, number()), noun, true, 20)
                : phrase(dice.pick(Determiner.THE, Determiner.THIS), noun, false, 20);
    }

    /** A place's name, article and all. */
    NounPhrase place(Place place, Nominal subject) {
        Noun noun = place.noun();
        if (noun.is("bare") || noun.is("silent")) {
            return new NounPhrase(noun.is("bare") ? Determiner.BARE : Determiner.SILENT, List.of(), noun, false);
        }
        if (place.is("own") && dice.percent(50)) {
            return phrase(subject.pronoun().map(Pronoun::possessive).orElse(Determiner.MY), noun, false, 10);
        }
        boolean oneOfSeveral = place.is("several") && dice.percent(30);
        return phrase(oneOfSeveral ? Determiner.A : Determiner.THE, noun, false, 10);
    }

    /** Two to six, in words. */
    Determiner number() {
        return Numeral.of(dice.between(2, 6)).determiner();
    }

    private Determiner known(boolean kin) {
        return kin ? ours() : dice.pick(Determiner.THE, Determiner.THE, Determiner.THE, Determiner.THIS);
    }

    private Determiner ours() {
        return dice.pick(Determiner.MY, Determiner.YOUR, Determiner.OUR);
    }
}
