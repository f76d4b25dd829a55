package dev.trireme.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.model.Freezing;
import dev.trireme.model.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class TuningSettingsTest {
    private static final ModelConfig MODEL = ModelConfig.llama(2, 4, 2, 16, 24, 50, 32);

    @ParameterizedTest
    @ValueSource(strings = {"0", "-4"})
    void aRankBelowOneIsRefusedInsteadOfTrainingEverything(String rank) {
        assertThatThrownBy(() -> parse("--lora-rank", rank).over(MODEL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--lora-rank is " + rank + "; use 1 or more, or leave it out");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--lora-rank 4",
                "--lora-alpha 3",
                "--lora-targets q,v",
                "--lora-dropout 0.1",
                "--lora-rank 4 --lora-targets v,q"
            })
    void aRunThatGoesOnHasItsOwnValuesForWhatIsLeftOut(String options) {
        ModelConfig trained = parse("--lora-rank 4 --lora-alpha 3 --lora-targets q,v --lora-dropout 0.1".split(" "))
                .over(MODEL);
        String[] given = options.isEmpty() ? new String[0] : options.split(" ");
        assertThatCode(() -> parse(given).requireSame(trained)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--lora-rank 8", "--lora-rank -4", "--lora-alpha 8", "--lora-targets q", "--freeze embeddings"})
    void aRunThatGoesOnTrainsNothingElse(String options) {
        ModelConfig trained = parse("--lora-rank", "4", "--lora-alpha", "3", "--lora-targets", "q,v")
                .over(MODEL);
        assertThatThrownBy(() -> parse(options.split(" ")).requireSame(trained))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--resume goes on with one that trains something else");
        assertThatThrownBy(() -> parse("--lora-rank", "4").requireSame(MODEL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsFrozenIsReadBack() {
        ModelConfig trained = parse("--freeze", "embeddings,layers.0").over(MODEL);
        assertThat(trained.tuning().freezing()).isEqualTo(Freezing.parse("embeddings,layers.0-0"));
        assertThatCode(() -> parse("--freeze", "layers.0,embeddings").requireSame(trained))
                .doesNotThrowAnyException();
    }

    private static TuningSettings parse(String... options) {
        Program program = new Program();
        new CommandLine(program).parseArgs(options);
        return program.settings;
    }

    @Command
    private static final class Program {
        @Mixin
        private TuningSettings settings = new TuningSettings();
    }
}
