package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MicroBatchTest {
    @Test
    void theFirstTokenOfARowIsNobodysLabel() {
        MicroBatch batch = new MicroBatch(new int[6], new float[] {9, 1, 2, 9, 0.5f, 0}, 2, 3, 0);

        assertThat(batch.weightSum()).isEqualTo(3.5);
    }

    @Test
    void sizesThatDoNotFitAreAllNamed() {
        assertThatThrownBy(() -> new MicroBatch(new int[6], new float[5], 2, 3, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 rows of 3 tokens from row 0 has 6 ids and 5 weights");
    }
}
