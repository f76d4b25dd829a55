package dev.trireme.data.grammar;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The words: nouns.txt, adjectives.txt, verbs.txt and places.txt beside this class.
 *
 * @param nouns nouns
 * @param adjectives adjectives
 * @param verbs verbs, one entry for each way to use it
 * @param places places
 */
record Lexicon(List<Noun> nouns, List<Adjective> adjectives, List<Verb> verbs, List<Place> places) {
    private static final Map<String, Gender> ARTICLES =
            Map.of("der", Gender.MASCULINE, "die", Gender.FEMININE, "das", Gender.NEUTER);

    static Lexicon read() {
        List<Noun> nouns =
                TableRow.rows("nouns.txt", 6).stream().map(Lexicon::noun).toList();
        List<Adjective> adjectives = TableRow.rows("adjectives.txt", 5).stream()
                .map(row -> new Adjective(row.text(0), row.text(1), row.text(2), row.text(3), row.words(4)))
                .toList();
        List<Place> places = TableRow.rows("places.txt", 7).stream()
                .map(row -> place(row, nouns))
                .toList();
        Lexicon lexicon = new Lexicon(nouns, adjectives, VerbTable.read(), places);
        lexicon.requireKnownClasses();
        return lexicon;
    }

    /** Nouns of any of the classes. */
    List<Noun> nouns(Set<String> classes) {
        return nouns.stream().filter(noun -> any(noun.classes(), classes)).toList();
    }

    /** Adjectives that fit the noun; relatives are only called what people are like. */
    List<Adjective> adjectives(Noun noun) {
        return adjectives(noun.is("kin") ? Set.of("person") : noun.classes());
    }

    List<Adjective> adjectives(Set<String> classes) {
        return adjectives.stream()
                .filter(adjective -> any(adjective.classes(), classes))
                .toList();
    }

    Adjective adjective(String german) {
        return adjectives.stream()
                .filter(adjective -> adjective.german().equals(german))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("adjectives.txt has no " + german + "; add it"));
    }

    /** The verbs with this use; for an empty one all but the special ones. */
    List<Verb> verbs(String use) {
        return verbs.stream()
                .filter(verb -> use.isEmpty() ? !verb.is("special") : verb.is(use))
                .toList();
    }

    Verb verb(String infinitive) {
        return verbs.stream()
                .filter(verb -> verb.infinitive().equals(infinitive))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("verbs.txt has no verb " + infinitive + "; add it"));
    }

    /** Places of any of the classes. */
    List<Place> places(Set<String> classes) {
        return places.stream().filter(place -> any(place.classes(), classes)).toList();
    }

    private static boolean any(Set<String> some, Set<String> others) {
        return !Collections.disjoint(some, others);
    }

    private static Noun noun(TableRow row) {
        Gender gender = ARTICLES.get(row.text(0));
        if (gender == null) {
            throw row.error("article " + row.text(0) + " is unknown; write der, die or das");
        }
        String[] forms = row.text(1).split(", ", -1);
        return new Noun(gender, forms[0], forms[forms.length - 1], row.text(2), row.text(3), row.text(4), row.words(5));
    }

    private static Place place(TableRow row, List<Noun> nouns) {
        Noun noun = nouns.stream()
                .filter(candidate -> candidate.german().equals(row.text(0)))
                .findFirst()
                .orElseThrow(() -> row.error("place " + row.text(0) + " is no noun of nouns.txt; add it there"));
        return new Place(
                noun,
                row.text(1),
                row.text(2),
                row.grammaticalCase(row.text(3)),
                row.text(4),
                row.textOrNone(5),
                row.words(6));
    }

    /** A class that no noun or place has is a slip of the pen, and its verb or adjective would never be heard. */
    private void requireKnownClasses() {
        Set<String> known = new TreeSet<>();
        nouns.forEach(noun -> known.addAll(noun.classes()));
        places.forEach(place -> known.addAll(place.classes()));
        known.add("mood"); // only after "is", see Predicates
        Set<String> used = new TreeSet<>();
        adjectives.forEach(adjective -> used.addAll(adjective.classes()));
        verbs.forEach(verb -> {
            used.addAll(verb.subjects());
            verb.slots().forEach(slot -> used.addAll(slot.classes()));
        });
        used.removeAll(known);
        if (!used.isEmpty()) {
            throw new IllegalStateException(
                    "classes " + used
                            + " in adjectives.txt or verbs.txt belong to no noun or place; use those of nouns.txt and places.txt");
        }
    }
}
