package dev.trireme.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.GenerationDefaults;
import dev.trireme.generate.Sampling;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class SamplingSettingsTest {
    private static final GenerationDefaults DRAWS = new GenerationDefaults(List.of(), true, 0.6, 50, 0.9, 0.05, 1.1, 0);
    private static final GenerationDefaults LIKELIEST =
            new GenerationDefaults(List.of(), false, 0.6, 50, 0.9, 0.05, 1, 0);

    @Test
    void decodingIsGreedyWhereNobodySaysOtherwise() {
        assertThat(parse(LIKELIEST)).isEqualTo(Sampling.GREEDY.withSeed(1234));
    }

    @Test
    void theFolderDecidesWhatTheCommandLineDoesNot() {
        assertThat(parse(DRAWS)).isEqualTo(new Sampling(0.6, 50, 0.9, 0.05, 1.1, 1234));
        assertThat(parse(DRAWS, "--top-k", "7", "--seed", "3")).isEqualTo(new Sampling(0.6, 7, 0.9, 0.05, 1.1, 3));
        assertThat(parse(DRAWS, "--temperature", "0").isGreedy()).isTrue();
    }

    @Test
    void whoCutsTheChoiceWantsToDraw() {
        assertThat(parse(LIKELIEST, "--top-p", "0.5")).isEqualTo(new Sampling(1, 0, 0.5, 0, 1, 1234));
        assertThat(parse(LIKELIEST, "--min-p", "0.1").temperature()).isEqualTo(1);
        assertThat(parse(LIKELIEST, "--top-k", "3", "--temperature", "0.5").temperature())
                .isEqualTo(0.5);
    }

    @Test
    void aBeamSearchDoesNotDrawBecauseTheFolderDoes() {
        assertThat(new SamplingSettings().over(DRAWS, true)).isEqualTo(Sampling.GREEDY.withSeed(1234));
    }

    @Test
    void numbersOutOfBoundsAreRefused() {
        assertThatThrownBy(() -> parse(LIKELIEST, "--temperature", "-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("temperature is -1.0; use ");
        assertThatThrownBy(() -> parse(LIKELIEST, "--temperature", "NaN"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("temperature is NaN; use ");
    }

    private static Sampling parse(GenerationDefaults folder, String... arguments) {
        Options options = new Options();
        new CommandLine(options).parseArgs(arguments);
        return options.sampling.over(folder, false);
    }

    @Command
    private static final class Options {
        @Mixin
        private SamplingSettings sampling = new SamplingSettings();
    }
}
