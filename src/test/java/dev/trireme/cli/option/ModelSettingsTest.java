package dev.trireme.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.SpecialTokens;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ModelSettingsTest {
    private static final ModelConfig DEFAULTS =
            ModelConfig.gpt2(4, 4, 256, 2000, 128).withDropout(0.1, 0.1, 0.1);

    @TempDir
    private Path folder;

    @Test
    void aGpt2IsTheDefault() {
        assertThat(parse()).isEqualTo(DEFAULTS);
    }

    @Test
    void aLlamaTakesThePresetsSizesAndItsOwnForTheRest() {
        assertThat(parse("--model", "llama"))
                .isEqualTo(ModelConfig.llama(4, 4, 4, 256, 704, 2000, 128).withDropout(0, 0.1, 0));
        assertThat(parse("--model", "llama", "--kv-heads", "2", "--intermediate", "100", "--dropout", "0"))
                .isEqualTo(ModelConfig.llama(4, 4, 2, 256, 100, 2000, 128));
    }

    @ParameterizedTest(name = "hidden {0}: {1}")
    @CsvSource({"256, 704", "576, 1536", "4096, 10944", "24, 64", "28, 128"})
    void theMlpOfALlamaHasAsManyWeightsAsAGpt2s(int hidden, int intermediate) {
        String width = Integer.toString(hidden);
        assertThat(parse("--model", "llama", "--hidden", width, "--heads", "2").intermediate())
                .isEqualTo(intermediate);
    }

    @Test
    void aFileDecidesTheFamilyAndItsDropout() throws IOException {
        ModelConfig llama = ModelConfig.llama(2, 2, 1, 16, 64, 500, 64).withDropout(0, 0.3, 0);
        String file = write(llama);
        assertThat(parse("--config", file)).isEqualTo(llama);
        assertThat(parse("--config", file, "--model", "llama", "--dropout", "0.2", "--vocab-size", "300"))
                .isEqualTo(ModelConfig.llama(2, 2, 1, 16, 64, 300, 64).withDropout(0, 0.2, 0));
        assertThatThrownBy(() -> parse("--config", file, "--model", "gpt2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("config " + file + " is a llama but --model says gpt2; leave --model out");
        assertThatThrownBy(() -> parse("--config", file, "--kv-heads", "2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("leave either it or --layers");
    }

    @Test
    void aShapeIsTheWholeModelWithItsPositionsAndTying() throws IOException {
        assertThat(parse("--shape", "llama-small")).isEqualTo(ModelConfig.ofShape("llama-small"));
        assertThat(parse("--shape", "small", "--dropout", "0.1", "--vocab-size", "300"))
                .isEqualTo(ModelConfig.ofShape("small").withVocabulary(300).withDropout(0.1, 0.1, 0.1));
        assertThatThrownBy(() -> parse("--shape", "small", "--layers", "2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "shape small gives layers, heads and widths already; leave either it or --layers");
        String file = write(ModelConfig.ofShape("tiny"));
        assertThatThrownBy(() -> parse("--shape", "tiny", "--config", file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("config " + file + " and shape tiny are two models; choose one");
    }

    private String write(ModelConfig model) throws IOException {
        String json = new HuggingFaceConfig(model, SpecialTokens.NONE).toJson();
        return Files.writeString(folder.resolve("config.json"), json).toString();
    }

    private static ModelConfig parse(String... arguments) {
        Options options = new Options();
        new CommandLine(options).parseArgs(arguments);
        return options.model.over(DEFAULTS, 128);
    }

    @Command
    private static final class Options {
        @Mixin
        private ModelSettings model = new ModelSettings();
    }
}
