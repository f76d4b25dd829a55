package dev.trireme.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BleuTest {
    private static final Offset<Double> EXACT = within(1e-9);

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void scoreAndItsPartsEqualThoseOfSacreBleu(String name, JsonNode reference) {
        Bleu.Score score = Bleu.corpus(
                GoldenFiles.strings(reference.get("hypotheses")), GoldenFiles.strings(reference.get("references")));

        assertThat(score.score()).isCloseTo(reference.get("score").asDouble(), EXACT);
        assertThat(score.brevityPenalty()).isCloseTo(reference.get("bp").asDouble(), EXACT);
        assertThat(score.hypothesisLength()).isEqualTo(reference.get("sys_len").asInt());
        assertThat(score.referenceLength()).isEqualTo(reference.get("ref_len").asInt());
        for (int order = 0; order < 4; order++) {
            assertThat(score.precisions().get(order))
                    .isCloseTo(reference.get("precisions").get(order).asDouble(), EXACT);
            assertThat(score.counts().get(order))
                    .isEqualTo(reference.get("counts").get(order).asInt());
            assertThat(score.totals().get(order))
                    .isEqualTo(reference.get("totals").get(order).asInt());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void tokensEqualThoseOfSacreBleu(String name, JsonNode reference) {
        for (String side : List.of("hypotheses", "references")) {
            List<String> tokenized = GoldenFiles.strings(reference.get(side)).stream()
                    .map(segment -> String.join(" ", BleuTokens.of(segment)))
                    .toList();
            assertThat(tokenized).isEqualTo(GoldenFiles.strings(reference.get("tokenized_" + side)));
        }
    }

    static Stream<Arguments> cases() {
        return StreamSupport.stream(GoldenFiles.json("bleu.json").get("cases").spliterator(), false)
                .map(reference -> Arguments.of(reference.get("name").asText(), reference));
    }

    @Test
    void aPerfectTranslationScoresOneHundredAndNotMore() {
        List<String> same = List.of("The small baker reads a book.");
        assertThat(Bleu.corpus(same, same).score()).isEqualTo(100);
    }

    @Test
    void everyHypothesisNeedsOneReference() {
        assertThatThrownBy(() -> Bleu.corpus(List.of("a", "b"), List.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 hypotheses and 1 references");
        assertThatThrownBy(() -> Bleu.corpus(List.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
