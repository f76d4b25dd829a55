package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PhrasebookIT {
    @Test
    void theShippedFileIsWhatTheGrammarGenerates() {
        assertThat(Phrasebook.pairs(Phrasebook.CAPACITY))
                .as("if the grammar changed, run the main method of PhrasebookGenerator")
                .isEqualTo(PhrasebookGenerator.pairs());
    }

    @Test
    void germanSidesAllDiffer() {
        List<Pair> pairs = Phrasebook.pairs(Phrasebook.CAPACITY);

        assertThat(pairs).hasSize(Phrasebook.CAPACITY);
        assertThat(pairs.stream().map(Pair::source)).doesNotHaveDuplicates();
    }

    @Test
    void askingForMoreThanThereIsNamesTheLimit() {
        assertThatThrownBy(() -> Phrasebook.pairs(Phrasebook.CAPACITY + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the phrasebook has 20000 pairs but 20001 are asked for");
        assertThatThrownBy(() -> Phrasebook.pairs(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void vocabularyIsSmallAndTestsHoldNoSurprises() {
        List<Pair> pairs = Phrasebook.pairs(6100);
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
