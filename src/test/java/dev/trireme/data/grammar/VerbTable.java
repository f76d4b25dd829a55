package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Slot.Kind;
import dev.trireme.data.grammar.Slot.Preposition;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads verbs.txt, which says of each verb how it is conjugated, what it is good for, and what it takes. */
final class VerbTable {
    private VerbTable() {}

    static List<Verb> read() {
        return TableRow.rows("verbs.txt", 8).stream().map(VerbTable::verb).toList();
    }

    private static Verb verb(TableRow row) {
        String[] infinitive = row.text(0).split("\\+", -1);
        String stem = infinitive[infinitive.length - 1];
        String[] perfect = row.text(2).split(" ", -1);
        if (infinitive.length > 2
                || perfect.length != 2
                || !List.of("hat", "ist").contains(perfect[0])) {
            throw row.error("write the infinitive like auf+stehen and the perfect like ist aufgestanden");
        }
        return new Verb(
                infinitive.length == 2 ? infinitive[0] : "",
                stem,
                Conjugation.of(stem, row.text(1)),
                Conjugation.of(perfect[0].equals("hat") ? "haben" : "sein", perfect[0]),
                perfect[1],
                row.text(3),
                row.text(4),
                row.words(5),
                row.words(6),
                row.pieces(7).stream().map(piece -> slot(row, piece)).toList());
    }

    /** {@code ?at home}, {@code accusative reading}, {@code auf=for accusative person transport}. */
    private static Slot slot(TableRow row, String piece) {
        boolean optional = piece.startsWith("?");
        List<String> words =
                new ArrayList<>(List.of(piece.substring(optional ? 1 : 0).split(" +", -1)));
        String first = words.remove(0);
        return switch (first) {
            case "at", "to", "means" -> {
                Kind kind = Kind.valueOf(first.toUpperCase(Locale.ROOT));
                yield new Slot(kind, optional, List.of(), Case.DATIVE, Set.copyOf(words));
            }
            case "accusative", "dative" ->
                new Slot(Kind.OBJECT, optional, List.of(), row.grammaticalCase(first), Set.copyOf(words));
            default -> {
                List<Preposition> prepositions = prepositions(row, first);
                Case itsCase = row.grammaticalCase(words.isEmpty() ? "" : words.remove(0));
                yield new Slot(Kind.PREPOSITION, optional, prepositions, itsCase, Set.copyOf(words));
            }
        };
    }

    /** {@code auf=on/vor=in_front_of}. */
    private static List<Preposition> prepositions(TableRow row, String text) {
        List<Preposition> prepositions = new ArrayList<>();
        for (String pair : text.split("/", -1)) {
            String[] both = pair.split("=", -1);
            if (both.length != 2) {
                throw row.error("complement \"" + pair
                        + "\" is unknown; write accusative, dative, at, to, means or a preposition like auf=for");
            }
            prepositions.add(new Preposition(both[0], both[1].replace('_', ' ')));
        }
        return List.copyOf(prepositions);
    }
}
