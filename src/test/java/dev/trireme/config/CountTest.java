package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountTest {
    @Test
    void aNounIsInItsPluralUnlessItIsOne() {
        assertThat(Count.of(1, "rank")).isEqualTo("1 rank");
        assertThat(Count.of(2, "rank")).isEqualTo("2 ranks");
        assertThat(Count.of(0, "micro-batch")).isEqualTo("0 micro-batches");
    }
}
