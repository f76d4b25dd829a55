package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigTest {
    private static final List<String> SMALLEST = List.of(
            "'model_type': 'gpt2'",
            "'n_layer': 2",
            "'n_head': 4",
            "'n_embd': 32",
            "'vocab_size': 211",
            "'n_positions': 64");

    @TempDir
    private Path folder;

    @Test
    void readsWhatTransformersWrote() throws Exception {
        Path golden =
                Path.of(getClass().getResource("/golden/gpt2-tiny/config.json").toURI());
        assertThat(HuggingFaceConfig.read(golden))
                .isEqualTo(new HuggingFaceConfig(ModelConfig.gpt2(2, 4, 32, 211, 64), SpecialTokens.NONE));
    }

    @Test
    void readsBackWhatItWrites() throws IOException {
        ModelConfig model = new ModelConfig(ModelFamily.GPT2, 3, 2, 10, 17, 50, 9, 1e-6, 0.25, 0.125, 0.0625, 0.015625);
        HuggingFaceConfig config = new HuggingFaceConfig(model, new SpecialTokens(0, SpecialTokens.ABSENT, 49));
        Path file = Files.writeString(folder.resolve("config.json"), config.toJson());
        assertThat(HuggingFaceConfig.read(file)).isEqualTo(config);
    }

    @Test
    void assumesWhatTransformersAssumesForMissingKeys() throws IOException {
        ModelConfig model = HuggingFaceConfig.read(write(with(SMALLEST.get(0)))).model();
        assertThat(model).isEqualTo(ModelConfig.gpt2(2, 4, 32, 211, 64).withDropout(0.1, 0.1, 0.1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'activation_function': 'gelu_pytorch_tanh'",
                "'auto_map': {'AutoModel': 'remote.Code'}",
                "'n_inner': null",
                "'quantization_config': null",
                "'anything': [[[]]]"
            })
    void ignoresWhatChangesNothing(String entry) throws IOException {
        HuggingFaceConfig plain = HuggingFaceConfig.read(write(with(SMALLEST.get(0))));
        assertThat(HuggingFaceConfig.read(write(with(entry)))).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'model_type': 'llama'                   | model_type is 'llama'; Trireme needs gpt2",
                "'model_type': ['gpt2']                  | model_type is ['gpt2']; Trireme needs gpt2",
                "'activation_function': 'relu'           | activation_function is 'relu'",
                "'scale_attn_weights': false             | scale_attn_weights is false; Trireme needs true",
                "'scale_attn_by_inverse_layer_idx': true | scale_attn_by_inverse_layer_idx is true",
                "'reorder_and_upcast_attn': true         | reorder_and_upcast_attn is true; Trireme needs false",
                "'add_cross_attention': 1                | add_cross_attention is 1; Trireme needs false",
                "'tie_word_embeddings': false            | tie_word_embeddings is false; Trireme needs true",
                "'quantization_config': {'bits': 4}      | quantization_config is {'bits':4}",
                "'n_embd': 2147483648                    | n_embd is 2147483648; Trireme needs an integer below 2^31",
                "'n_embd': 1e3                           | n_embd is 1000.0; Trireme needs an integer below 2^31",
                "'n_embd': '32'                          | n_embd is '32'; Trireme needs an integer below 2^31",
                "'n_embd': null                          | n_embd is null; Trireme needs an integer below 2^31",
                "'n_embd': 2147483644                    | hidden is 2147483644; use 1 to 1048576",
                "'n_head': 0                             | heads is 0; use 1 to 1048576",
                "'n_head': 5                             | heads 5 does not divide hidden 32",
                "'vocab_size': 0                         | vocabulary is 0; use 1 to 10000000",
                "'n_layer': 1000000000                   | layers is 1000000000; use 1 to 10000",
                "'layer_norm_epsilon': 0                 | normEpsilon is 0.0; use more than 0 and less than 1",
                "'layer_norm_epsilon': 1e999             | normEpsilon is Infinity; use more than 0",
                "'layer_norm_epsilon': NaN               | :1: Non-standard token",
                "'attn_pdrop': '0.1'                     | attn_pdrop is '0.1'; Trireme needs a number",
                "'eos_token_id': 211                     | special token 211 is outside the vocabulary of 211",
                "'eos_token_id': [1, 2]                  | eos_token_id is [1,2]; Trireme needs an integer",
            })
    void refusesWhatItDoesNotComputeByNameAndValue(String entry, String message) throws IOException {
        Path file = write(with(entry));
        assertThatThrownBy(() -> HuggingFaceConfig.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ":")
                .hasMessageContaining(message.replace('\'', '"'));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"\"                          | :1: is not a JSON object",
                "[1]                           | :1: is not a JSON object",
                "{'a': 1, 'a': 2}              | Duplicate",
                "{'a': 1} {}                   | Trailing token",
                "{'a': 1                       | Unexpected end-of-input",
                "{'model_type': 'gpt2'}        | n_embd is missing; Trireme needs an integer below 2^31",
                "{}                            | model_type is missing; Trireme needs gpt2",
            })
    void refusesWhatIsNotStrictJson(String text, String message) throws IOException {
        Path file = write(text);
        assertThatThrownBy(() -> HuggingFaceConfig.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ":")
                .hasMessageContaining(message.replace('\'', '"'));
    }

    @Test
    void refusesDeepHugeForeignAndAbsentFiles() throws IOException {
        assertRefused(write("[".repeat(100_000)), "nesting depth");
        assertRefused(write(with("'x': '" + "y".repeat(1_000_000) + "'")), "is larger than 1000000 bytes");
        assertRefused(
                Files.write(
                        folder.resolve("latin1"), "{'ü': 1}".replace('\'', '"').getBytes(StandardCharsets.ISO_8859_1)),
                "Invalid UTF-8");
        assertRefused(folder.resolve("absent.json"), "there is no such file");
        assertRefused(folder, "there is no such file");
        assertRefused(Path.of("/dev/zero"), "there is no such file");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> HuggingFaceConfig.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message.replace('\'', '"'));
    }

    /** The smallest config with a key added, or replaced when it is one of its own. */
    private static String with(String entry) {
        String key = entry.substring(0, entry.indexOf(':'));
        Stream<String> others = SMALLEST.stream().filter(other -> !other.startsWith(key));
        return Stream.concat(others, Stream.of(entry)).collect(Collectors.joining(", ", "{", "}"));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("config.json"), text.replace('\'', '"'));
    }
}
