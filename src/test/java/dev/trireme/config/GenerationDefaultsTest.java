package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationDefaultsTest {
    @TempDir
    private Path folder;

    @Test
    void readsAllThatItKnowsAndIgnoresTheRest() throws IOException {
        Path file = write("{'_from_model_config': true, 'bos_token_id': 128000, 'do_sample': true,"
                + " 'eos_token_id': [128001, 128008, 128009], 'temperature': 0.6, 'top_k': 40, 'top_p': 0.9,"
                + " 'min_p': 0.05, 'repetition_penalty': 1.1, 'max_new_tokens': 256, 'cache_implementation': 'x'}");
        assertThat(GenerationDefaults.read(file))
                .isEqualTo(new GenerationDefaults(List.of(128001, 128008, 128009), true, 0.6, 40, 0.9, 0.05, 1.1, 256));
    }

    @Test
    void assumesWhatTransformersAssumesForMissingKeys() throws IOException {
        GenerationDefaults usual = new GenerationDefaults(List.of(), false, 1, 50, 1, 0, 1, 0);
        assertThat(GenerationDefaults.read(write("{}"))).isEqualTo(usual);
        assertThat(GenerationDefaults.read(write("{'eos_token_id': null, 'min_p': null}")))
                .isEqualTo(usual);
        assertThat(GenerationDefaults.read(write("{'eos_token_id': 2}")).ends()).containsExactly(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'temperature': -1}            | temperature is -1.0; use a number from 0",
                "{'temperature': 1e999}         | temperature is Infinity; use a number from 0",
                "{'temperature': NaN}           | :1: Non-standard token",
                "{'temperature': 'hot'}         | temperature is 'hot'; Trireme needs a number",
                "{'top_k': -1}                  | top_k is -1; use a number from 0",
                "{'top_k': 1.5}                 | top_k is 1.5; Trireme needs an integer",
                "{'top_p': 0}                   | top_p is 0.0; use more than 0 and at most 1",
                "{'top_p': 1.01}                | top_p is 1.01; use more than 0 and at most 1",
                "{'min_p': 2}                   | min_p is 2.0; use 0 to 1",
                "{'repetition_penalty': 0}      | repetition_penalty is 0.0; use more than 0",
                "{'max_new_tokens': 2147483648} | max_new_tokens is 2147483648; Trireme needs an integer",
                "{'max_new_tokens': -1}         | max_new_tokens is -1; use a number from 0",
                "{'do_sample': 'yes'}           | do_sample is 'yes'; Trireme needs true or false",
                "{'eos_token_id': ['</s>']}     | eos_token_id is ['</s>']; Trireme needs an integer",
                "{'eos_token_id': -1}           | eos_token_id is [-1]; use ids from 0",
                "[]                             | :1: is not a JSON object",
                "{'top_k': 1, 'top_k': 2}       | Duplicate",
            })
    void refusesWhatCannotBeByNameAndValue(String text, String message) throws IOException {
        Path file = write(text);
        assertThatThrownBy(() -> GenerationDefaults.read(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ":")
                .hasMessageContaining(message.replace('\'', '"'));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("generation_config.json"), text.replace('\'', '"'));
    }
}
