package dev.trireme.data.grammar;

import dev.trireme.data.grammar.Clause.Kind;
import dev.trireme.data.grammar.ObjectPhrases.Style;
import dev.trireme.data.grammar.Slot.Preposition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Draws clauses: a verb that is good for the kind of clause, a subject that does it, and what the verb wants. */
final class ClauseMaker {
    private static final List<Part> MEANS = List.of(
            new Part(Field.MEANS, "mit dem Bus", "by bus"),
            new Part(Field.MEANS, "mit dem Zug", "by train"),
            new Part(Field.MEANS, "mit dem Auto", "by car"),
            new Part(Field.MEANS, "mit dem Fahrrad", "by bicycle"));
    static final Part NICHT = new Part(Field.NEGATION, "nicht", "");
    private static final Part GERN = new Part(Field.GLADLY, "gern", "");

    private final Lexicon lexicon;
    private final NounPhrases phrases;
    private final Subjects subjects;
    private final ObjectPhrases objects;
    private final Dice dice;

    ClauseMaker(Draw draw) {
        lexicon = draw.lexicon();
        phrases = draw.phrases();
        subjects = draw.subjects();
        dice = draw.dice();
        objects = new ObjectPhrases(lexicon, phrases, dice);
    }

    Clause clause(Kind kind) {
        // Verbs of state fit no other kind, so here they get their share.
        boolean state = kind.use.isEmpty() && dice.percent(40);
        Verb verb = dice.pick(lexicon.verbs(state ? "state" : kind.use));
        return clause(kind, verb, subjects.any(verb.subjects()));
    }

    /** The same about somebody. */
    Clause clause(Kind kind, Nominal someone) {
        return clause(kind, kind.use, someone);
    }

    /** The same with a verb of that use. */
    Clause clause(Kind kind, String use, Nominal someone) {
        List<Verb> verbs = lexicon.verbs(use).stream()
                .filter(verb ->
                        verb.subjects().contains("person") || verb.subjects().contains("adult"))
                .toList();
        return clause(kind, dice.pick(verbs), someone);
    }

    Clause clause(Kind kind, Verb verb, Nominal subject) {
        List<Part> parts = new ArrayList<>();
        for (Slot slot : verb.slots()) {
            if (!slot.optional() || (!kind.negated && dice.percent(40))) {
                parts.add(part(slot, subject, style(kind, verb, slot)));
            }
        }
        if (kind.negated && parts.stream().noneMatch(part -> part.field() == Field.INDEFINITE)) {
            parts.add(NICHT);
        }
        addTime(kind, verb, parts);
        return new Clause(kind, modal(kind), subject, verb, parts);
    }

    /** The words for a complement. */
    private Part part(Slot slot, Nominal subject, Style style) {
        Case itsCase = slot.grammaticalCase();
        return switch (slot.kind()) {
            case OBJECT -> {
                Nominal object = objects.object(slot, subject, style);
                yield new Part(object.field(), object.german(itsCase), object.english(itsCase));
            }
            case PREPOSITION -> {
                Nominal object = objects.object(slot, subject, style);
                Preposition preposition = dice.pick(slot.prepositions());
                yield new Part(
                        Field.BOUND,
                        Contraction.of(preposition.german(), object.german(itsCase)),
                        preposition.english() + " " + object.english(itsCase));
            }
            case AT -> {
                Place place = dice.pick(lexicon.places(slot.classes()));
                yield place.at(slot.optional() ? Field.PLACE : Field.BOUND, phrases.place(place, subject));
            }
            case TO -> {
                // Nobody likes to go to the station.
                Place place = dice.pick(lexicon.places(style == Style.GENERAL ? Set.of("nice") : slot.classes()));
                yield place.to(phrases.place(place, subject));
            }
            case MEANS -> dice.pick(MEANS);
        };
    }

    private Style style(Kind kind, Verb verb, Slot slot) {
        boolean direct = slot.isObject(Case.ACCUSATIVE);
        if (direct && verb.is("liked")) {
            return kind.negated || dice.percent(50) ? Style.KNOWN : Style.GENERAL;
        }
        if (direct && kind.negated) {
            return verb.is("fresh") || dice.percent(60) ? Style.KEIN : Style.KNOWN;
        }
        if (direct && kind == Kind.FREQUENT && !verb.is("worn")) {
            return verb.is("fresh") || dice.percent(50) ? Style.GENERAL : Style.KNOWN;
        }
        if (direct && verb.is("fresh")) {
            return Style.FRESH;
        }
        if (direct && verb.is("worn")) {
            return Style.WORN;
        }
        if (kind == Kind.GLADLY) {
            return Style.GENERAL;
        }
        if (slot.kind() == Slot.Kind.PREPOSITION) {
            return kind.negated ? Style.KNOWN : Style.ONE;
        }
        // Where there are two objects, what is given is the news, not who gets it.
        boolean beside = verb.slots().size() > 1 && !direct;
        return kind.negated || beside ? Style.KNOWN : Style.FREE;
    }

    private void addTime(Kind kind, Verb verb, List<Part> parts) {
        switch (kind) {
            case HABIT -> parts.add(Times.habit(verb, dice));
            case FREQUENT -> parts.add(Times.frequency(dice));
            case GLADLY -> parts.add(GERN);
            case FUTURE, NOT_FUTURE -> parts.add(Times.future(verb, dice));
            case PAST, NOT_PAST -> parts.add(Times.past(verb, dice));
            case MODAL, NOT_MODAL -> {
                if (dice.percent(40)) {
                    parts.add(dice.percent(40) ? Times.future(verb, dice) : Times.today(dice));
                }
            }
            case PLAIN, NOT -> {}
        }
    }

    private Modal modal(Kind kind) {
        return switch (kind) {
            case GLADLY -> Modal.LIKE;
            case MODAL -> dice.pick(Modal.CAN, Modal.MUST, Modal.WANT, Modal.SHOULD, Modal.MAY, Modal.WOULD_LIKE);
            case NOT_MODAL -> dice.pick(Modal.CAN, Modal.MUST, Modal.WANT, Modal.SHOULD, Modal.MAY);
            default -> Modal.NONE;
        };
    }
}
