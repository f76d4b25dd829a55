package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.SpecialTokens;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LanguageModelTest {
    private static final int[] IDS = IntStream.range(0, 9).map(i -> i * i % 50).toArray();

    private LanguageModel model;

    @BeforeEach
    void open() {
        model = TinyTranslator.openModel(50, SpecialTokens.NONE);
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void continuesWithTheTokenThatItScoresHighest() {
        int next = model.continueGreedily(IDS, 1)[0];
        double best = scoreOf(next);
        for (int token = 0; token < 50; token++) {
            assertThat(scoreOf(token)).isLessThanOrEqualTo(best);
        }
    }

    @Test
    void probabilitiesOfAllTokensAddUpToOne() {
        double sum = IntStream.range(0, 50)
                .mapToDouble(token -> Math.exp(scoreOf(token)))
                .sum();
        assertThat(sum).isCloseTo(1, within(1e-6)); // each comes from a float32 pass of its own
    }

    @Test
    void givesTheLogitsOfEveryPositionInOrder() {
        List<float[]> logits = new ArrayList<>();
        assertThat(model.score(IDS, logits::add)).hasSize(IDS.length - 1);
        assertThat(logits).hasSize(IDS.length).allMatch(row -> row.length == 50);
        assertThat(model.score(new int[] {3}, logits::add)).isEmpty();
        assertThat(logits).hasSize(IDS.length + 1);
    }

    @Test
    void scoresOneTextAsOftenAsAsked() {
        assertThat(model.score(IDS, logits -> {})).isEqualTo(model.score(IDS, logits -> {}));
    }

    @Test
    void stopsAtTheEndTokenAndLeavesItOut() {
        int[] free = model.continueGreedily(IDS, 10);
        SpecialTokens special = new SpecialTokens(SpecialTokens.ABSENT, free[4], SpecialTokens.ABSENT);
        try (LanguageModel ending = TinyTranslator.openModel(50, special)) {
            int first = IntStream.range(0, 10)
                    .filter(i -> free[i] == free[4])
                    .findFirst()
                    .orElseThrow();
            assertThat(ending.continueGreedily(IDS, 10)).containsExactly(Arrays.copyOf(free, first));
        }
    }

    @Test
    void refusesIdsAndLengthsThatTheModelDoesNotHave() {
        assertRefused(new int[] {}, 1, "no tokens to start from");
        assertRefused(new int[] {1, 50}, 1, "id 50 at index 1 is not one of the model's; use 0 to 49");
        assertRefused(new int[] {-1}, 1, "id -1 at index 0");
        assertRefused(new int[40], 1, "40 tokens and 1 new ones are more than the 40 positions");
        assertThatThrownBy(() -> model.score(new int[41], logits -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("41 tokens");
        assertThat(model.continueGreedily(new int[39], 1)).hasSize(1);
    }

    private void assertRefused(int[] prompt, int maxNewTokens, String message) {
        assertThatThrownBy(() -> model.continueGreedily(prompt, maxNewTokens))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private double scoreOf(int token) {
        int[] ids = Arrays.copyOf(IDS, IDS.length + 1);
        ids[IDS.length] = token;
        return model.score(ids, logits -> {})[IDS.length - 1];
    }
}
