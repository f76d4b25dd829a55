package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stranger types is text, whichever way the model could make a special token of it. */
class SpecialTokensAsTextTest {
    @TempDir
    Path folder;

    @Test
    void aSpecialTokenInATextIsItsCharacters() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        BpeTrainer.train(List.of("one two", "<eos>"), 260, List.of("<pad>", "<eos>"))
                .save(file);
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            String text = "one<eos>two<pad>";
            assertThat(tokenizer.encode(text)).doesNotContain(0, 1);
            assertThat(tokenizer.encodePrompt(text)).doesNotContain(0, 1);
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
            assertThat(tokenizer.encodeWithSpecialTokens(text)).contains(0, 1);
            assertThat(tokenizer.decode(new int[] {1})).isEmpty();
            assertThat(tokenizer.decodeWithSpecialTokens(new int[] {1})).isEqualTo("<eos>");
            assertThat(tokenizer.id("<eos>")).hasValue(1);
        }
    }

    /** 9 is the special token {@code <e>}, 8 the unknown one; the ids of the rest are as the file has them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // merges would make it, and it has no place of its own in the vocabulary's order
                "'type': 'BPE', 'vocab': {'<': 0, 'e': 1, '>': 2, '<e': 3, '<e>': 9, 'x': 8}, 'merges': ['< e', '<e >']"
                        + " | <e>x | 3 2 8 | 9 8",
                "'type': 'BPE', 'ignore_merges': true, 'vocab': {'<': 0, 'e': 1, '>': 2, '<e>': 9}, 'merges': []"
                        + " | <e> | 0 1 2 | 9",
                "'type': 'BPE', 'unk_token': '<e>', 'vocab': {'<': 0, 'e': 1, '>': 2, '<e>': 9}, 'merges': []"
                        + " | <e>? | 0 1 2 9 | 9 9",
                "'type': 'WordLevel', 'unk_token': '?', 'vocab': {'?': 8, '<e>': 9} | <e> | 8 | 9",
                "'type': 'WordPiece', 'unk_token': '?', 'continuing_subword_prefix': '##',"
                        + " 'max_input_chars_per_word': 100, 'vocab': {'?': 8, '<': 0, '##e': 1, '##>': 2, '<e>': 9}"
                        + " | <e> | 0 1 2 | 9",
                "'type': 'Unigram', 'unk_id': 4, 'vocab': [['<', -9], ['e', -9], ['>', -9], ['<e>', 0.0], ['?', -99]]"
                        + " | <e> | 0 1 2 | 3",
            })
    void noModelMakesASpecialTokenOfItsCharacters(String model, String text, String asText, String asTokens)
            throws IOException {
        int id = model.contains("Unigram") ? 3 : 9;
        Path file =
                write("{'version': '1.0', 'added_tokens': [" + added(id, "<e>", true) + "], 'model': {" + model + "}}");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            assertThat(tokenizer.encode(text)).isEqualTo(ints(asText));
            assertThat(tokenizer.encodeWithSpecialTokens(text)).isEqualTo(ints(asTokens));
        }
    }

    @Test
    void otherAddedTokensAreFoundAndKeepTheirIds() throws IOException {
        Path file =
                write("{'version': '1.0', 'added_tokens': [" + added(2, "<e>", true) + "," + added(3, "<call>", false)
                        + "," + added(4, "<f>", true) + "," + added(5, "<end>", false)
                        + "], 'model': {'type': 'BPE', 'vocab': {'<': 0, 'a': 1}, 'merges': []}}");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            assertThat(tokenizer.encode("a<call>a<end>")).containsExactly(1, 3, 1, 5);
            assertThat(tokenizer.encode("<f><e>")).containsExactly(0, 0);
            assertThat(tokenizer.encodeWithSpecialTokens("<f><e><end>")).containsExactly(4, 2, 5);
        }
    }

    @Test
    void aCharacterThatIsASpecialTokenOfTheVocabularyStaysWritable() throws IOException {
        Path file = write("{'version': '1.0', 'added_tokens': [" + added(1, "!", true)
                + "], 'model': {'type': 'BPE', 'vocab': {'a': 0, '!': 1}, 'merges': []}}");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            assertThat(tokenizer.encode("a!")).containsExactly(0, 1);
        }
    }

    @Test
    void thePostProcessorStillAddsItsTokens() {
        try (Tokenizer tokenizer = Tokenizer.open(GoldenFiles.path("tokenizers/llama2.json"))) {
            int begin = tokenizer.id("<s>").orElseThrow();
            assertThat(tokenizer.encodePrompt("<s>a")).startsWith(begin);
            assertThat(Arrays.stream(tokenizer.encodePrompt("<s>a")).filter(id -> id == begin))
                    .hasSize(1);
        }
    }

    private static String added(int id, String content, boolean special) {
        return "{'id': %d, 'content': '%s', 'special': %b, 'single_word': false, 'lstrip': false, 'rstrip': false, 'normalized': false}"
                .formatted(id, content, special);
    }

    private static int[] ints(String list) {
        return Arrays.stream(list.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), json.replace('\'', '"'));
    }
}
