package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestTest {
    @Test
    void aPromptAloneTakesOneRowWhateverItsOptionsSay() {
        Request several = Request.of(new int[] {5, 6}, GenerateOptions.upTo(4).withChoices(3));
        assertThat(several.width()).isEqualTo(3);
        assertThat(several.withoutContinuation().width()).isOne();
        assertThat(several.withoutContinuation().longest()).isEqualTo(2);
    }
}
