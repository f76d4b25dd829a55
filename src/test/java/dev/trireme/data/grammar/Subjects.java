package dev.trireme.data.grammar;

import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Draws who or what a sentence is about. */
final class Subjects {
    private static final Set<String> PEOPLE = Set.of("person", "adult", "child");

    // "ich" is what people say most; "ihr" is rare, and rare forms are hard to learn.
    private static final List<Pronoun> PRONOUNS = List.of(
            Pronoun.I,
            Pronoun.I,
            Pronoun.I,
            Pronoun.YOU,
            Pronoun.YOU,
            Pronoun.HE,
            Pronoun.HE,
            Pronoun.SHE,
            Pronoun.SHE,
            Pronoun.WE,
            Pronoun.WE,
            Pronoun.THEY,
            Pronoun.THEY,
            Pronoun.YOU_ALL);

    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Dice dice;

    Subjects(Lexicon lexicon, NounPhrases phrases, Dice dice) {
        this.lexicon = lexicon;
        this.phrases = phrases;
        this.dice = dice;
    }

    /** Somebody or something of these classes. */
    Nominal any(Set<String> classes) {
        boolean people = !Collections.disjoint(classes, PEOPLE);
        if (people && dice.percent(35)) {
            return dice.pick(PRONOUNS);
        }
        if (people && dice.percent(25)) {
            return dice.pick(Name.ALL);
        }
        Noun noun = dice.pick(lexicon.nouns(classes));
        boolean counted = noun.hasPlural() && !noun.is("kin") && dice.percent(10);
        return counted ? phrases.phrase(phrases.number(), noun, true, 20) : phrases.known(noun);
    }

    /** Somebody grown up who can be taken up as he, she or they, or says I. */
    Nominal someone() {
        if (dice.percent(30)) {
            return dice.pick(PRONOUNS);
        }
        if (dice.percent(40)) {
            return dice.pick(Name.ALL);
        }
        return phrases.one(dice.pick(lexicon.nouns(Set.of(dice.percent(60) ? "kin" : "role"))));
    }
}
