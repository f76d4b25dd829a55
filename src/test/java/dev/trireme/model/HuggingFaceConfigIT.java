package dev.trireme.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.RotaryConfig.Scaling;
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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigIT {
    private static final List<String> SMALLEST = List.of(
            "'model_type': 'gpt2'",
            "'n_layer': 2",
            "'n_head': 4",
            "'n_embd': 32",
            "'vocab_size': 211",
            "'n_positions': 64");

    private static final List<String> SMALLEST_LLAMA = List.of(
            "'model_type': 'llama'",
            "'num_hidden_layers': 2",
            "'num_attention_heads': 4",
            "'hidden_size': 24",
            "'intermediate_size': 40",
            "'vocab_size': 103",
            "'max_position_embeddings': 64");

    @TempDir
    private Path folder;

    static Stream<Arguments> written() {
        RotaryConfig early = new RotaryConfig(500_000, Scaling.LLAMA3, 8, 1, 4, 32);
        RotaryConfig blended = new RotaryConfig(500_000, Scaling.LLAMA3, 8, 1, 4, 64);
        RotaryConfig linear = RotaryConfig.linear(10_000, 2);
        return Stream.of(
                arguments("gpt2-tiny", ModelConfig.gpt2(2, 4, 32, 211, 64)),
                arguments("llama-tiny", llama(3, 6, 8, 48, 80, 199, 64, false, false, RotaryConfig.plain(10_000))),
                arguments("llama-rope3", llama(2, 4, 16, 16, 24, 97, 256, false, false, early)),
                arguments("llama-rope3-mid", llama(2, 4, 16, 16, 24, 97, 256, false, false, blended)),
                arguments("llama-tied", llama(2, 4, 6, 24, 40, 103, 64, true, true, linear)));
    }

    private static ModelConfig llama(
            int layers,
            int heads,
            int headWidth,
            int hidden,
            int intermediate,
            int vocabulary,
            int positions,
            boolean biases,
            boolean tied,
            RotaryConfig rotary) {
        ModelSizes sizes = new ModelSizes(layers, hidden, vocabulary, positions);
        ModelConfig plain = Llama.of(sizes, new Heads(heads, 2, headWidth), intermediate);
        return plain.withArchitecture(plain.architecture()
                .withAttention(AttentionConfig.plain(plain.heads(), biases ? Biases.ALL : Biases.NONE))
                .withMlp(new MlpConfig(MlpConfig.Kind.SWIGLU, intermediate, biases, biases))
                .withRotary(rotary)
                .withTied(tied));
    }

    @ParameterizedTest
    @MethodSource("written")
    void readsWhatTransformersWrote(String name, ModelConfig model) throws Exception {
        Path golden = Path.of(
                getClass().getResource("/golden/" + name + "/config.json").toURI());
        assertThat(HuggingFaceConfig.read(golden)).isEqualTo(new HuggingFaceConfig(model, SpecialTokens.NONE));
    }

    @ParameterizedTest
    @MethodSource("written")
    void readsBackWhatItWrites(String name, ModelConfig model) throws IOException {
        HuggingFaceConfig config = new HuggingFaceConfig(
                model.withDropout(0.25, 0.125, 0.0625), new SpecialTokens(0, List.of(49, 7, 49), 50));
        Path file = Files.writeString(folder.resolve("config.json"), config.toJson());
        assertThat(HuggingFaceConfig.read(file)).isEqualTo(config);
        assertThat(config.specialTokens().ends()).containsExactly(49, 7);
        HuggingFaceConfig without = new HuggingFaceConfig(model, SpecialTokens.NONE);
        Files.writeString(file, without.toJson());
        assertThat(HuggingFaceConfig.read(file)).isEqualTo(without);
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
                "'model_type': 'bert'                    | model_type is 'bert'; Trireme needs gpt2 or llama",
                "'model_type': ['gpt2']                  | model_type is ['gpt2']; Trireme needs gpt2 or llama",
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
                "'n_embd': 2147483644                    | ; use 1 to ",
                "'n_head': 0                             | n_head is 0; use 1 to 32",
                "'n_head': 5                             | n_head is 5; use a divisor of n_embd 32",
                "'vocab_size': 0                         | vocab_size is 0; use 1 to 10000000",
                "'n_layer': 1000000000                   | n_layer is 1000000000; use 1 to 10000",
                "'layer_norm_epsilon': 0                 | layer_norm_epsilon is 0.0; use more than 0 and less than 1",
                "'layer_norm_epsilon': 1e999             | layer_norm_epsilon is Infinity; use more than 0",
                "'layer_norm_epsilon': NaN               | :1: Non-standard token",
                "'attn_pdrop': '0.1'                     | attn_pdrop is '0.1'; Trireme needs a number",
                "'eos_token_id': 211                     | special token 211 is outside the vocab_size of 211",
                "'eos_token_id': [1, 211]                | special token 211 is outside the vocab_size of 211",
                "'eos_token_id': [1, '2']                | eos_token_id is [1,'2']; Trireme needs an integer",
                "'eos_token_id': [1, -2]                 | special tokens are -1, [1, -2], -1; use ids from 0",
                "'eos_token_id': {}                      | eos_token_id is {}; Trireme needs an integer",
                "'bos_token_id': [1]                     | bos_token_id is [1]; Trireme needs an integer",
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
                // transformers 4.
                "'rope_theta': 5e5                                                           | 500000, NONE, 1, 1, 4, 0",
                "'rope_scaling': null                                                        | 10000, NONE, 1, 1, 4, 0",
                "'rope_scaling': {'rope_type': 'default'}                                    | 10000, NONE, 1, 1, 4, 0",
                "'rope_scaling': {'type': 'linear', 'factor': 2.5}                           | 10000, LINEAR, 2.5, 1, 4, 0",
                "'rope_scaling': {'type': 'linear', 'rope_type': 'linear', 'factor': 4}      | 10000, LINEAR, 4, 1, 4, 0",
                "'rope_theta': 5e5, 'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0, 'low_freq_factor': 1.5,"
                        + " 'high_freq_factor': 3.5, 'original_max_position_embeddings': 32} | 500000, LLAMA3, 8, 1.5, 3.5, 32",
                // transformers 5.
                "'rope_parameters': {'rope_theta': 7.5, 'rope_type': 'default'}              | 7.5, NONE, 1, 1, 4, 0",
                "'rope_theta': 7.5, 'rope_parameters': {'rope_type': 'linear', 'factor': 2}  | 7.5, LINEAR, 2, 1, 4, 0",
                "'rope_parameters': {'rope_theta': 7, 'rope_type': 'llama3', 'factor': 8.0, 'low_freq_factor': 1,"
                        + " 'high_freq_factor': 4}, 'original_max_position_embeddings': 16   | 7, LLAMA3, 8, 1, 4, 16",
                "'rope_parameters': {'rope_type': 'llama3', 'factor': 8.0, 'low_freq_factor': 1,"
                        + " 'high_freq_factor': 4}                                           | 10000, LLAMA3, 8, 1, 4, 64",
            })
    void readsRotaryEmbeddingsOfBothVersionsOfTransformers(String entry, String rotary) throws IOException {
        String[] parts = rotary.split(", ", -1);
        assertThat(HuggingFaceConfig.read(write(llamaWith(entry)))
                        .model()
                        .architecture()
                        .rotary())
                .isEqualTo(new RotaryConfig(
                        Double.parseDouble(parts[0]),
                        Scaling.valueOf(parts[1]),
                        Double.parseDouble(parts[2]),
                        Double.parseDouble(parts[3]),
                        Double.parseDouble(parts[4]),
                        Integer.parseInt(parts[5])));
    }

    private static ModelConfig untied(ModelConfig model) {
        return model.withArchitecture(model.architecture().withTied(false));
    }

    @Test
    void assumesWhatTransformersAssumesForMissingKeysOfALlama() throws IOException {
        assertThat(HuggingFaceConfig.read(write(llamaWith("'head_dim': null"))))
                .isEqualTo(
                        new HuggingFaceConfig(untied(ModelConfig.llama(2, 4, 4, 24, 40, 103, 64)), SpecialTokens.NONE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'hidden_act': 'gelu'                    | hidden_act is 'gelu'; Trireme needs silu",
                "'sliding_window': 4096                  | sliding_window is 4096; Trireme needs a model without it",
                "'quantization_config': {'bits': 4}      | quantization_config is {'bits':4}",
                "'pretraining_tp': 2                     | pretraining_tp is 2; Trireme needs 1",
                "'partial_rotary_factor': 0.5            | partial_rotary_factor is 0.5; Trireme needs 1",
                "'rope_parameters': {'partial_rotary_factor': 0.5} | rope_parameters.partial_rotary_factor is 0.5",
                "'rope_scaling': 'linear'                | rope_scaling is 'linear'; Trireme needs an object",
                "'rope_scaling': {'type': 'dynamic', 'factor': 2}  | rope_scaling.type is 'dynamic'; Trireme needs default",
                "'rope_scaling': {'rope_type': 'yarn'}   | rope_scaling.rope_type is 'yarn'; Trireme needs default or linear",
                "'rope_parameters': {'rope_type': 'longrope'}      | rope_parameters.rope_type is 'longrope'",
                "'rope_scaling': {'rope_type': 'linear', 'type': 'dynamic', 'factor': 2} | rope_scaling.type is 'dynamic'",
                "'rope_scaling': {'type': 'linear'}      | rope_scaling.factor is missing; Trireme needs a number",
                "'rope_scaling': {'type': 'linear', 'factor': 0.5} | rotary factor is 0.5; use a number from 1",
                "'rope_scaling': {'type': 'linear', 'factor': 1e999} | rotary factor is Infinity",
                "'rope_scaling': {'factor': 2}           | rope_scaling.factor is 2; Trireme needs 1",
                "'rope_scaling': {'rope_type': 'llama3', 'factor': 8} | rope_scaling.low_freq_factor is missing",
                "'rope_theta': 0                         | rotary theta is 0.0; use more than 0",
                "'rope_theta': 1e400                     | rotary theta is Infinity",
                "'rope_theta': '1e4'                     | rope_theta is '1e4'; Trireme needs a number",
                "'rope_theta': 2, 'rope_parameters': {'rope_theta': 3} | rope_theta is 2; Trireme needs the same as",
                "'rope_scaling': {'type': 'linear', 'factor': 2}, 'rope_parameters': {'rope_type': 'default'}"
                        + "                              | Trireme needs the same as rope_parameters",
                "'attention_bias': 1                     | attention_bias is 1; Trireme needs true or false",
                "'tie_word_embeddings': 'no'             | tie_word_embeddings is 'no'; Trireme needs true or false",
                "'hidden_size': 2147483648               | hidden_size is 2147483648; Trireme needs an integer below 2^31",
                "'hidden_size': 2097152                  | ; use 1 to ",
                "'hidden_size': 26                       | num_attention_heads is 4; Trireme needs a divisor of hidden_size 26",
                "'num_attention_heads': 0                | heads is 0; use 1 to 1048576",
                "'num_attention_heads': -4               | heads is -4; use 1 to 1048576",
                "'num_key_value_heads': 3                | num_key_value_heads is 3; use a divisor of num_attention_heads 4",
                "'num_key_value_heads': 0                | num_key_value_heads is 0; use 1 to 4",
                "'head_dim': 5                           | head_dim is 5 with 4 num_attention_heads; use an even number",
                "'head_dim': 0                           | head_dim is 0; use 1 to 65536",
                "'vocab_size': 0                         | vocab_size is 0; use 1 to 10000000",
                "'num_hidden_layers': 1000000000         | num_hidden_layers is 1000000000; use 1 to 10000",
                "'max_position_embeddings': 2000000000   | max_position_embeddings is 2000000000; use 1 to 16777216",
                "'rms_norm_eps': NaN                     | :1: Non-standard token",
                "'rms_norm_eps': 0                       | rms_norm_eps is 0.0; use more than 0",
                "'attention_dropout': 1                  | attention_dropout is 1.0; use 0 to below 1",
            })
    void refusesLlamasThatItDoesNotComputeByNameAndValue(String entry, String message) throws IOException {
        Path file = write(llamaWith(entry));
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
                "{'model_type': 'gpt2'}        | n_head is missing; Trireme needs an integer below 2^31",
                "{}                            | model_type is missing; Trireme needs gpt2 or llama or qwen2 or mistral or qwen3",
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
        assertRefused(folder, "is a folder, not a file");
        assertRefused(Path.of("/dev/zero"), "there is no such file");
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> HuggingFaceConfig.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(message.replace('\'', '"'));
    }

    private static String with(String entry) {
        return with(SMALLEST, entry);
    }

    private static String llamaWith(String entry) {
        return with(SMALLEST_LLAMA, entry);
    }

    /** The smallest config with a key added, or replaced when it is one of its own. */
    private static String with(List<String> smallest, String entry) {
        String key = entry.substring(0, entry.indexOf(':'));
        Stream<String> others = smallest.stream().filter(other -> !other.startsWith(key));
        return Stream.concat(others, Stream.of(entry)).collect(Collectors.joining(", ", "{", "}"));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("config.json"), text.replace('\'', '"'));
    }
}
