package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class GenerateOptionsTest {
    @Test
    void refusesNumbersThatMeanNothing() {
        Sampling greedy = Sampling.GREEDY;
        GenerateOptions options = GenerateOptions.upTo(1);
        assertRefused(() -> greedy.withTemperature(Double.NaN), "temperature is NaN; use 0 for greedy, up to 1e6");
        assertRefused(() -> greedy.withTemperature(-0.1), "temperature is -0.1; use 0 for greedy, up to 1e6");
        assertRefused(
                () -> greedy.withTemperature(1e-300), "temperature is 1.0E-300; use 0 for greedy, or 1e-6 and more");
        assertRefused(() -> greedy.withTopK(-1), "topK is -1; use 1 or more, or 0 for all tokens");
        assertRefused(() -> greedy.withTopP(0), "topP is 0.0; use more than 0, up to 1 for all tokens");
        assertRefused(() -> greedy.withTopP(Double.NaN), "topP is NaN; use more than 0, up to 1 for all tokens");
        assertRefused(() -> greedy.withMinP(1.01), "minP is 1.01; use 0 for all tokens, up to 1");
        assertRefused(
                () -> greedy.withRepetitionPenalty(0),
                "repetitionPenalty is 0.0; use more than 0, up to 1e6, 1 for none");
        assertRefused(() -> GenerateOptions.upTo(0), "maxNewTokens is 0; use 1 or more");
        assertRefused(() -> options.withStop(List.of("a", "")), "stop is [a, ]; use texts that are not empty");
        assertRefused(() -> options.withBeams(65, 1), "beams is 65; use 1 to 64");
        assertRefused(() -> options.withBeams(2, Double.NaN), "lengthPenalty is NaN; use -100 to 100");
        assertRefused(
                () -> options.withSampling(greedy.withTemperature(1)).withBeams(2, 1),
                "beams is 2; use 1 with sampling: beam search has no temperature, cut-offs or penalty of repetition");
        assertRefused(
                () -> options.withBeams(2, 1).withStop(List.of("x")),
                "beams is 2; use 1 with stop texts: beam search stops at the end token");
    }

    private static void assertRefused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    @Test
    void timingKnowsItsUsualStep() {
        assertThat(new Timing(5, new long[] {9, 1, 3}).medianStepNanos()).isEqualTo(3);
        assertThat(new Timing(5, new long[] {9, 1, 3, 5}).medianStepNanos()).isEqualTo(4);
        assertThat(new Timing(5, new long[] {2_000_000}).tokensPerSecond(8)).isEqualTo(4000);
        assertThat(new Timing(5, new long[0]).tokensPerSecond(8)).isZero();
    }
}
