package dev.trireme.data.grammar;

import java.util.List;

/**
 * A number in words, from two on: "one" is an article in German.
 *
 * @param german {@code zwölf}
 * @param english {@code twelve}
 */
record Numeral(String german, String english) {
    private static final List<String> GERMAN =
            List.of("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf");
    private static final List<String> ENGLISH =
            List.of("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve");
    private static final List<Numeral> TENS = List.of(
            new Numeral("zehn", "ten"),
            new Numeral("zwanzig", "twenty"),
            new Numeral("dreißig", "thirty"),
            new Numeral("vierzig", "forty"),
            new Numeral("fünfzig", "fifty"));

    /** A number from 2 to 12. */
    static Numeral of(int number) {
        return new Numeral(GERMAN.get(number - 2), ENGLISH.get(number - 2));
    }

    /** A number from 10 to 50 that ends in 0. */
    static Numeral tens(Dice dice) {
        return dice.pick(TENS);
    }

    Determiner determiner() {
        return Determiner.counting(german, english);
    }
}
