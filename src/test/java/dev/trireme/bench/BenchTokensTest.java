package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The numbers come from a Python implementation of java.util.Random. */
class BenchTokensTest {
    @Test
    void batchesAreThoseOfAnotherProgram() {
        assertThat(BenchTokens.of(0, 50_257, 3, 0, 2)).containsExactly(14222, 25509, 6583, 7834, 43863, 37368);
        assertThat(BenchTokens.of(3, 10_000, 4, 0, 4))
                .containsExactly(
                        3734, 3660, 4210, 2581, 9128, 7202, 4549, 6564, 7459, 3961, 5585, 6882, 8277, 3614, 2981, 2806);
    }

    @Test
    void aRankHasItsRowsOfTheGlobalBatch() {
        assertThat(BenchTokens.of(3, 10_000, 4, 2, 2)).containsExactly(7459, 3961, 5585, 6882, 8277, 3614, 2981, 2806);
    }
}
