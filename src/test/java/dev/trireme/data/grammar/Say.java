package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import java.util.List;
import java.util.Optional;

/** Builds clauses from words of the lexicon, for tests that say what should come out. */
final class Say {
    static final Lexicon LEXICON = Lexicon.read();
    static final Name ANNA = Name.ALL.get(0);

    private Say() {}

    static Clause clause(Kind kind, Nominal subject, String infinitive, Part... parts) {
        return clause(kind, Modal.NONE, subject, infinitive, parts);
    }

    static Clause clause(Kind kind, Modal modal, Nominal subject, String infinitive, Part... parts) {
        return new Clause(kind, modal, subject, LEXICON.verb(infinitive), List.of(parts));
    }

    static Part part(Field field, String german, String english) {
        return new Part(field, german, english);
    }

    static Part accusative(Nominal object) {
        return new Part(object.field(), object.german(Case.ACCUSATIVE), object.english(Case.ACCUSATIVE));
    }

    static Part dative(Nominal object) {
        return new Part(object.field(), object.german(Case.DATIVE), object.english(Case.DATIVE));
    }

    static NounPhrase one(Determiner determiner, String noun) {
        return new NounPhrase(determiner, List.of(), noun(noun), false);
    }

    static NounPhrase some(Determiner determiner, String noun) {
        return new NounPhrase(determiner, List.of(), noun(noun), true);
    }

    static NounPhrase phrase(Determiner determiner, String adjective, String noun, boolean plural) {
        Optional<Adjective> described = LEXICON.adjectives().stream()
                .filter(each -> each.german().equals(adjective))
                .findFirst();
        return new NounPhrase(determiner, described.stream().toList(), noun(noun), plural);
    }

    static Noun noun(String german) {
        return LEXICON.nouns().stream()
                .filter(noun -> noun.german().equals(german))
                .findFirst()
                .orElseThrow();
    }

    static Place place(String german) {
        return LEXICON.places().stream()
                .filter(place -> place.noun().german().equals(german))
                .findFirst()
                .orElseThrow();
    }
}
