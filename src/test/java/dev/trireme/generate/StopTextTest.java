package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopTextTest {
    private final List<String> pieces = new ArrayList<>();

    @Test
    void holdsBackWhatMayBeTheStartOfAStopText() {
        StopText text = stopAt("END.");
        add(text, "The E", "N", "T. The EN");
        assertThat(pieces).containsExactly("The ", "ENT. The ");
        add(text, "D", ". more");
        assertThat(text.isStopped()).isTrue();
        assertThat(text.finish()).isEqualTo("The ENT. The ");
        assertThat(String.join("", pieces)).isEqualTo("The ENT. The ");
    }

    @Test
    void whatWasHeldBackComesWhenTheTextEnds() {
        StopText text = stopAt("END.");
        add(text, "an EN");
        assertThat(text.finish()).isEqualTo("an EN");
        assertThat(pieces).containsExactly("an ", "EN");
        assertThat(text.isStopped()).isFalse();
    }

    @Test
    void theStopTextThatIsCompleteFirstCountsHoweverTheTextIsCut() {
        assertThat(cut("xabcd", "abcd", "bc")).isEqualTo("xa");
        assertThat(cut("xabcd", "bc", "abc")).isEqualTo("x");
        assertThat(cut("aaab", "aab")).isEqualTo("a");
        assertThat(cut("x", "x")).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void nothingOfAStopTextIsEverHandedOut(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            List<String> stops =
                    List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(4)));
            String whole = letters(random, 20);
            StopText text = new StopText(stops, pieces::add);
            pieces.clear();
            for (int begin = 0; begin < whole.length(); ) {
                int end = Math.min(whole.length(), begin + 1 + random.nextInt(4));
                text.add(whole.substring(begin, end));
                begin = end;
            }
            assertThat(text.finish())
                    .as("%s in %s", stops, whole)
                    .isEqualTo(String.join("", pieces))
                    .isEqualTo(characterByCharacter(whole, stops));
        }
    }

    private static String characterByCharacter(String whole, List<String> stops) {
        for (int end = 1; end <= whole.length(); end++) {
            String text = whole.substring(0, end);
            int longest = stops.stream()
                    .filter(text::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest);
            }
        }
        return whole;
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        random.ints(length, 0, 3).forEach(letter -> letters.append((char) ('a' + letter)));
        return letters.toString();
    }

    private String cut(String whole, String... stops) {
        StopText text = stopAt(stops);
        text.add(whole);
        return text.finish();
    }

    private StopText stopAt(String... stops) {
        return new StopText(List.of(stops), pieces::add);
    }

    private static void add(StopText text, String... added) {
        List.of(added).forEach(text::add);
    }
}
