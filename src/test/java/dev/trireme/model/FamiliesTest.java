package dev.trireme.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What transformers takes from a config.json, and what Trireme takes from it, by family. */
class FamiliesTest {
    private static final String SIZES = "'hidden_size': 24, 'intermediate_size': 40, 'num_hidden_layers': 3,"
            + " 'num_attention_heads': 4, 'vocab_size': 101, 'max_position_embeddings': 64";

    @TempDir
    private Path folder;

    private ModelConfig read(String family, String more) throws IOException {
        String text = "{'model_type': '" + family + "', " + SIZES + (more.isEmpty() ? "" : ", " + more) + "}";
        Path file = Files.writeString(folder.resolve("config.json"), text.replace('\'', '"'));
        return HuggingFaceConfig.read(file).model();
    }

    private AttentionConfig attention(String family, String more) throws IOException {
        return read(family, more).architecture().attention();
    }

    @Test
    void goldenFilesSayWhatTransformersMadeThemOf() throws Exception {
        ModelConfig qwen2 = golden("qwen2-tiny");
        assertThat(qwen2.architecture().attention())
                .isEqualTo(new AttentionConfig(
                        new Heads(6, 2, 4), new Biases(true, true, true, false), false, new Window(5, 1)));
        ModelConfig mistral = golden("mistral-tiny");
        assertThat(mistral.architecture().attention())
                .isEqualTo(new AttentionConfig(new Heads(4, 2, 8), Biases.NONE, false, new Window(4, 0)));
        assertThat(mistral.tied()).isFalse();
        ModelConfig qwen3 = golden("qwen3-tiny");
        assertThat(qwen3.architecture().attention())
                .isEqualTo(new AttentionConfig(new Heads(4, 2, 10), Biases.NONE, true, Window.NONE));
        assertThat(qwen3.architecture().rotary()).isEqualTo(RotaryConfig.plain(1e6));
    }

    private ModelConfig golden(String name) throws Exception {
        Path file = Path.of(
                getClass().getResource("/golden/" + name + "/config.json").toURI());
        ModelConfig model = HuggingFaceConfig.read(file).model();
        Path again = Files.writeString(
                folder.resolve("again.json"), new HuggingFaceConfig(model, SpecialTokens.NONE).toJson());
        assertThat(HuggingFaceConfig.read(again).model()).isEqualTo(model);
        return model;
    }

    @ParameterizedTest
    @MethodSource("names")
    void freshModelsAreReadBackAsTheyWereWritten(String name) throws IOException {
        Family family = Families.named(name);
        Optional<Integer> width = family.choosesWidths() ? Optional.of(2) : Optional.empty();
        ModelConfig model =
                family.withDropout(family.fresh(new ModelSizes(2, 32, 50, 16), 4, width, Optional.empty()), 0.25);
        Path file = Files.writeString(
                folder.resolve("config.json"), new HuggingFaceConfig(model, SpecialTokens.NONE).toJson());
        assertThat(HuggingFaceConfig.read(file).model()).isEqualTo(model);
        assertThat(Families.of(model).name()).isEqualTo(name);
    }

    static List<String> names() {
        return Families.names();
    }

    @Test
    void missingKeysAreWhatTransformersTakesForThem() throws IOException {
        String heads = "'num_key_value_heads': null";
        assertThat(attention("qwen2", heads))
                .isEqualTo(AttentionConfig.plain(new Heads(4, 4, 6), new Biases(true, true, true, false)));
        assertThat(attention("mistral", heads))
                .isEqualTo(new AttentionConfig(new Heads(4, 4, 6), Biases.NONE, false, new Window(4096, 0)));
        assertThat(attention("mistral", heads + ", 'sliding_window': null").window())
                .isEqualTo(Window.NONE);
        assertThat(attention("qwen3", heads))
                .isEqualTo(new AttentionConfig(new Heads(4, 4, 128), Biases.NONE, true, Window.NONE));
        assertThat(attention("qwen3", heads + ", 'attention_bias': true").biases())
                .isEqualTo(Biases.ALL);
        assertThatThrownBy(() -> read("mistral", "")).hasMessageContaining("num_key_value_heads is 8; use 1 to 4");
        assertThatThrownBy(() -> read("qwen2", "")).hasMessageContaining("num_key_value_heads is 32; use 1 to 4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'use_sliding_window': true                                                     | 0    | 0",
                "'use_sliding_window': true, 'max_window_layers': 3                             | 0    | 0",
                "'use_sliding_window': true, 'max_window_layers': 2                             | 4096 | 2",
                "'use_sliding_window': true, 'max_window_layers': 0, 'sliding_window': 7        | 7    | 0",
                "'use_sliding_window': true, 'max_window_layers': 0, 'sliding_window': null     | 0    | 0",
                "'use_sliding_window': false, 'max_window_layers': 0, 'sliding_window': 7       | 0    | 0",
                "'use_sliding_window': true, 'sliding_window': 7, 'layer_types': ['full_attention',"
                        + " 'sliding_attention', 'sliding_attention']                           | 7    | 1",
            })
    void qwensWindowBeginsBehindItsFullLayers(String entry, int window, int fullLayers) throws IOException {
        for (String family : new String[] {"qwen2", "qwen3"}) {
            assertThat(attention(family, "'num_key_value_heads': 2, " + entry).window())
                    .isEqualTo(new Window(window, fullLayers));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "qwen2   | 'use_sliding_window': true, 'layer_types': ['sliding_attention', 'full_attention',"
                        + " 'full_attention'] | layer_types is ['sliding_attention'",
                "qwen3   | 'layer_types': ['full_attention', 'full_attention', 'sliding_attention'] | layer_types is",
                "qwen3   | 'layer_types': ['full_attention'] | full_attention for the first layers",
                "qwen2   | 'layer_types': 7 | layer_types is 7; Trireme needs a list of texts",
                "qwen2   | 'use_sliding_window': true, 'max_window_layers': 0, 'sliding_window': 0 | sliding_window is 0",
                "mistral | 'sliding_window': -1 | sliding_window is -1; Trireme needs 1 or more positions, or null",
                "mistral | 'layer_types': ['full_attention'] | layer_types",
                "llama   | 'sliding_window': 4 | sliding_window is 4; Trireme needs a model without it",
            })
    void whatIsNotComputedIsRefusedByName(String family, String entry, String message) {
        assertThatThrownBy(() -> read(family, "'num_key_value_heads': 2, " + entry))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message.replace('\'', '"'));
    }

    @Test
    void aTensorOfPartsWithAndWithoutABiasIsRefused() {
        ModelConfig gpt2 = ModelConfig.gpt2(2, 4, 32, 50, 16);
        AttentionConfig keysOnly = AttentionConfig.plain(gpt2.heads(), new Biases(false, true, false, true));
        assertThatThrownBy(() -> gpt2.withArchitecture(gpt2.architecture().withAttention(keysOnly)))
                .hasMessageContaining("attn.c_attn is one tensor for parts with a bias and parts without");
    }
}
