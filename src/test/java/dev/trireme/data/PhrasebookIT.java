package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhrasebookIT {
    @ParameterizedTest(name = "seed {0}, {1} pairs")
    @CsvSource({"1234, 50000", "-5, 20000"})
    void germanSidesAllDiffer(long seed, int count) {
        List<Pair> pairs = Phrasebook.pairs(seed, count);

        assertThat(count).isBetween(20_000, Phrasebook.CAPACITY);
        assertThat(pairs).hasSize(count);
        assertThat(pairs.stream().map(Pair::source)).doesNotHaveDuplicates();
    }

    @Test
    void sameSeedGivesTheSamePairsHoweverManyAreAsked() {
        assertThat(Phrasebook.pairs(3, 200)).isEqualTo(Phrasebook.pairs(3, 500).subList(0, 200));
        assertThat(Phrasebook.pairs(3, 200)).isNotEqualTo(Phrasebook.pairs(4, 200));
    }

    @Test
    void askingForMoreThanThereIsNamesTheLimit() {
        assertThatThrownBy(() -> Phrasebook.pairs(1, Phrasebook.CAPACITY + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("count 50001 is not in 0 to 50000");
        assertThatThrownBy(() -> Phrasebook.pairs(1, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1234, 99})
    void vocabularyIsSmallAndTestsHoldNoSurprises(long seed) {
        List<Pair> pairs = Phrasebook.pairs(seed, 6100);
        Set<String> known = words(pairs.subList(0, 5000)).collect(Collectors.toSet());
        List<String> asked = words(pairs.subList(5000, 6100)).toList();
        long unseen = asked.stream().filter(word -> !known.contains(word)).count();

        assertThat(known).hasSizeBetween(800, 1500);
        assertThat(unseen).isLessThan(asked.size() / 200);
    }

    private static Stream<String> words(List<Pair> pairs) {
        return pairs.stream()
                .flatMap(pair -> Stream.of(pair.source(), pair.target()))
                .flatMap(text -> Arrays.stream(text.replaceAll("[,.?]", "").split(" ", -1)));
    }
}
