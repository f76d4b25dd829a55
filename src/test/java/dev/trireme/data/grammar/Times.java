package dev.trireme.data.grammar;

import java.util.List;

/** When and how often. What tells English its tense never overlaps: "morgen" is future, "gestern" past, "oft" present. */
final class Times {
    private static final List<Part> DAYS = List.of(
            time("Montag", "Monday"),
            time("Dienstag", "Tuesday"),
            time("Mittwoch", "Wednesday"),
            time("Freitag", "Friday"),
            time("Samstag", "Saturday"),
            time("Sonntag", "Sunday"));

    private Times() {}

    static Part habit(Verb verb, Dice dice) {
        if (verb.is("clock") && dice.percent(50)) {
            return dice.percent(70) ? clock(dice) : then(time("jeden Tag", "every day"), clock(dice));
        }
        return switch (dice.between(verb.is("daily") ? 2 : 0, 4)) {
            case 0 -> weekday(dice, "jeden", "every");
            case 1 -> time("jede Woche", "every week");
            case 2 -> time("jeden Tag", "every day");
            case 3 -> dice.pick(time("jeden Morgen", "every morning"), time("jeden Abend", "every evening"));
            default -> dice.pick(time("am Morgen", "in the morning"), time("am Abend", "in the evening"));
        };
    }

    static Part future(Verb verb, Dice dice) {
        Part tomorrow = time("morgen", "tomorrow");
        if (verb.is("trip") && dice.percent(30)) {
            return interval(dice, "in", "in", "");
        }
        if (verb.is("clock") && dice.percent(30)) {
            return then(tomorrow, clock(dice));
        }
        return switch (dice.between(0, 4)) {
            case 0 -> dice.pick(time("heute Abend", "this evening"), time("morgen Abend", "tomorrow evening"));
            case 1 -> verb.is("daily") ? tomorrow : time("nächste Woche", "next week");
            case 2 -> weekday(dice, "am", "on");
            default -> tomorrow;
        };
    }

    static Part past(Verb verb, Dice dice) {
        Part yesterday = time("gestern", "yesterday");
        if (verb.is("clock") && dice.percent(30)) {
            return then(yesterday, clock(dice));
        }
        return switch (dice.between(0, 5)) {
            case 0 -> dice.pick(time("gestern Abend", "yesterday evening"), time("heute Morgen", "this morning"));
            case 1 -> verb.is("daily") ? yesterday : time("letzte Woche", "last week");
            case 2 -> weekday(dice, "am", "on");
            case 3 -> interval(dice, "vor", "", "ago");
            default -> yesterday;
        };
    }

    /** For what has to happen or what is so. */
    static Part today(Dice dice) {
        return dice.pick(time("heute", "today"), time("jetzt", "now"));
    }

    static Part frequency(Dice dice) {
        return dice.pick(
                adverb("immer", "always"),
                adverb("oft", "often"),
                adverb("manchmal", "sometimes"),
                adverb("selten", "rarely"),
                adverb("nie", "never"));
    }

    /** {@code um acht Uhr}. */
    static Part clock(Dice dice) {
        int hour = dice.between(3, 12);
        Numeral named = Numeral.of(hour);
        return switch (dice.between(0, 5)) {
            // "Halb neun" is half an hour before nine.
            case 0 ->
                time(
                        "um halb " + named.german(),
                        "at half past " + Numeral.of(hour - 1).english());
            case 1 -> time("um Viertel nach " + named.german(), "at a quarter past " + named.english());
            case 2 -> time("um Viertel vor " + named.german(), "at a quarter to " + named.english());
            default -> time("um " + named.german() + " Uhr", "at " + named.english() + " o'clock");
        };
    }

    private static Part weekday(Dice dice, String german, String english) {
        return then(time(german, english), dice.pick(DAYS));
    }

    private static Part interval(Dice dice, String german, String before, String after) {
        Numeral number = Numeral.of(dice.between(2, 6));
        Part unit = dice.pick(time("Stunden", "hours"), time("Tagen", "days"));
        return time(
                GermanOrder.join(german, number.german(), unit.german()),
                GermanOrder.join(before, number.english(), unit.english(), after));
    }

    private static Part then(Part first, Part second) {
        return time(first.german() + " " + second.german(), first.english() + " " + second.english());
    }

    private static Part time(String german, String english) {
        return new Part(Field.TIME, german, english);
    }

    private static Part adverb(String german, String english) {
        return new Part(Field.FREQUENCY, german, english);
    }
}
