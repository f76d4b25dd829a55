package dev.trireme.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts of real processes. */
class VerificationIT {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama"})
    void exactLayoutsAreEqual(String family) {
        assertThat(run(family, true, "1x1", "2x1", "2x2")).hasSize(3).allMatch(Comparison::isEqual);
    }

    @Test
    void ranksThatSumInAnotherOrderAreToldApartFromTheFirstStepOn() {
        List<Comparison> results = run("gpt2", false, "1x1", "1x2", "2x1");
        assertThat(results.subList(0, 2)).allMatch(Comparison::isEqual);
        Comparison ranks = results.get(2);
        assertThat(ranks.isEqual()).isFalse();
        assertThat(ranks.firstDifference())
                .hasValueSatisfying(difference -> assertThat(difference).startsWith("step 1, "));
        assertThat(ranks.largestUlps()).isPositive();
        assertThat(ranks.sameFile()).isFalse();
    }

    @Test
    void aLayoutThatCannotTakeTheMicroBatchesIsRefusedBeforeAnythingStarts() {
        assertThatThrownBy(() -> run("gpt2", true, "1x1", "3x1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("microBatches 8 cannot be shared among worldSize 3");
        assertThat(folder).isEmptyDirectory();
    }

    private List<Comparison> run(String family, boolean exact, String... layouts) {
        List<Comparison> results = new ArrayList<>();
        Verification.run(
                new VerifyConfig(family, 2, 8, 2, exact),
                Stream.of(layouts).map(Layout::parse).toList(),
                folder,
                OutputStream.nullOutputStream(),
                results::add);
        return results;
    }
}
