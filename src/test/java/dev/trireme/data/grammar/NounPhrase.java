package dev.trireme.data.grammar;

import java.util.List;
import java.util.Optional;

/**
 * Determiner, adjectives, noun: {@code mit meinen alten Freunden}.
 *
 * @param determiner first word
 * @param adjectives none or one
 * @param noun head
 * @param plural whether there are several
 */
record NounPhrase(Determiner determiner, List<Adjective> adjectives, Noun noun, boolean plural) implements Nominal {
    /** The same without its adjectives. */
    NounPhrase plain() {
        return new NounPhrase(determiner, List.of(), noun, plural);
    }

    Gender form() {
        return plural ? Gender.PLURAL : noun.gender();
    }

    @Override
    public String german(Case grammaticalCase) {
        String ending = determiner.adjectives().ending(grammaticalCase, form());
        StringBuilder german = new StringBuilder(determiner.german(grammaticalCase, form()));
        adjectives.forEach(adjective -> german.append(' ').append(adjective.german(ending)));
        return german.append(' ')
                .append(noun.german(grammaticalCase, plural))
                .toString()
                .strip();
    }

    @Override
    public String english(Case grammaticalCase) {
        StringBuilder rest = new StringBuilder();
        adjectives.forEach(adjective -> rest.append(adjective.english()).append(' '));
        rest.append(plural ? noun.englishPlural() : noun.english());
        String first = plural ? determiner.plural() : determiner.singular();
        if (first.equals("a")) {
            first = "aeiou".indexOf(rest.charAt(0)) >= 0 ? "an" : "a";
        }
        return (first + " " + rest).strip();
    }

    @Override
    public Person person() {
        return plural ? Person.THEY : Person.HE;
    }

    @Override
    public Optional<Pronoun> pronoun() {
        if (!noun.is("person") || form() == Gender.NEUTER) {
            return Optional.empty();
        }
        return Optional.of(
                switch (form()) {
                    case MASCULINE -> Pronoun.HE;
                    case FEMININE -> Pronoun.SHE;
                    default -> Pronoun.THEY;
                });
    }

    /** {@code ein}, {@code kein}, numbers and bare nouns bring news, and news stands late in a German clause. */
    @Override
    public Field field() {
        if (noun.is("bare")) {
            return Field.BOUND;
        }
        boolean news = determiner.own() == Declension.NONE
                || determiner.german().equals("ein")
                || determiner.german().equals("kein")
                || determiner.equals(Determiner.MANY);
        return news ? Field.INDEFINITE : Field.DEFINITE;
    }
}
