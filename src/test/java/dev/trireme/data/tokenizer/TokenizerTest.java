package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.BadInputException;
import dev.trireme.data.GoldenFiles;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    /** The tokenizer under test is one that we trained and saved. */
    @BeforeAll
    static void trainAndOpen(@TempDir Path shared) throws IOException {
        Path file = shared.resolve("tokenizer.json");
        List<String> lines = Files.readAllLines(GoldenFiles.path("bpe-tiny/text.txt"));
        BpeTrainer.train(lines, 600, List.of("<pad>", "<eos>")).save(file);
        tokenizer = Tokenizer.open(file);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @ParameterizedTest(name = "case {index}")
    @MethodSource("encodedTexts")
    void idsTokensAndDecodedTextEqualTheReference(JsonNode reference) {
        int[] ids = tokenizer.encodeWithSpecialTokens(reference.get("text").asText());

        assertThat(ids).isEqualTo(GoldenFiles.ints(reference.get("ids")));
        assertThat(GoldenFiles.strings(reference.get("tokens")).stream()
                        .mapToInt(token -> tokenizer.id(token).orElseThrow()))
                .containsExactly(IntStream.of(ids).boxed().toArray(Integer[]::new));
        assertThat(tokenizer.decodeWithSpecialTokens(ids))
                .isEqualTo(reference.get("decoded").asText());
    }

    static Stream<JsonNode> encodedTexts() {
        return StreamSupport.stream(GoldenFiles.json("bpe-tiny/encoded.json").spliterator(), false);
    }

    @Test
    void decodingLeavesSpecialTokensOutUnlessAskedForThem() {
        int[] ids = tokenizer.encodeWithSpecialTokens("one<eos>two<pad>");
        assertThat(ids).contains(0, 1);
        assertThat(tokenizer.decode(ids)).isEqualTo("onetwo");
        assertThat(tokenizer.decodeWithSpecialTokens(ids)).isEqualTo("one<eos>two<pad>");
    }

    @Test
    void aTextIsNeitherCutNorPaddedWhateverTheFileSays() throws IOException {
        Path file = write("""
            {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
             "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
             "padding": {"strategy": {"Fixed": 5}, "direction": "Right", "pad_to_multiple_of": null,
                         "pad_id": 0, "pad_type_id": 0, "pad_token": "a"}}
            """);
        try (Tokenizer opened = Tokenizer.open(file)) {
            assertThat(opened.encode("a")).hasSize(1);
            assertThat(opened.encode("a".repeat(2000))).hasSize(2000);
        }
    }

    @Test
    void theVocabularySizeIsTheHighestIdAndOne() throws IOException {
        Path file = write("""
            {"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0, "b": 7, "ab": 1}, "merges": ["a b"]},
             "added_tokens": [{"id": 3, "content": "<x>", "special": true, "single_word": false, "lstrip": false,
                               "rstrip": false, "normalized": false}]}
            """);
        try (Tokenizer opened = Tokenizer.open(file)) {
            assertThat(opened.vocabularySize()).isEqualTo(8);
            assertThat(opened.encodeWithSpecialTokens("abb<x>")).containsExactly(1, 7, 3);
            assertThat(opened.id("<x>")).hasValue(3);
            assertThat(opened.id("<y>")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                                          | model.vocab",
                "[                                                           | :1: not valid JSON",
                "{} {}                                                       | :1: not valid JSON",
                "{'model': {'type': 'Char'}}                                 | model.type is \"Char\"",
                "{'model': {'type': 'Unigram', 'vocab': {}}}                 | model.vocab is not an array",
                "{'model': {'vocab': {'a': 0, 'a': 1}, 'merges': []}}        | Duplicate field",
                "{'model': {'vocab': {'a': 0, 'b': 0}, 'merges': []}}        | \"b\" the id 0, but \"a\" has it",
                "{'model': {'vocab': {'a': -1}, 'merges': []}}               | \"a\" the id -1",
                "{'model': {'vocab': {'a': 1.5}, 'merges': []}}              | \"a\" the id 1.5",
                "{'model': {'vocab': {'a': 10000000}, 'merges': []}}         | \"a\" the id 10000000",
                "{'model': {'vocab': {'a': 0}, 'merges': ['a b']}}           | model.merges[0]",
                "{'model': {'vocab': {'a': 0}, 'merges': [['a']]}}           | model.merges[0]",
                "{'model': {'vocab': {'a': 0, 'b': 1}, 'merges': ['a b']}}   | lacks the result",
                "{'model': {'vocab': {'a': 0}, 'merges': []}, 'added_tokens': [{'id': 1, 'content': 'a'}]} | has 0"
                        + " already",
                "{'model': {'vocab': {'a': 0}, 'merges': []}, 'added_tokens': [{'id': 9, 'content': 'b'}]} | 1 comes"
                        + " next",
                "{'model': {'vocab': {'a': 0}, 'merges': []}, 'pre_tokenizer': {'type': 'None'}} | not a tokenizer",
            })
    void aFileThatIsNoWholeTokenizerIsRefusedWithItsNameAndACure(String json, String problem) throws IOException {
        Path file = write(json.replace('\'', '"'));
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(problem)
                .hasMessageContaining("; give the tokenizer.json");
    }

    @Test
    void aMissingFileIsRefused() {
        assertThatThrownBy(() -> Tokenizer.open(folder.resolve("none.json")).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("none.json: no file");
    }

    @Test
    void aFileThatIsNotUtf8IsRefused() throws IOException {
        Path file = Files.write(folder.resolve("latin.json"), new byte[] {'"', (byte) 0xE4, '"'});
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("latin.json: not UTF-8");
    }

    @Test
    void aFileAbove64MegabytesIsRefused() throws IOException {
        Path file = folder.resolve("huge.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength((64L << 20) + 1);
        }
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("67108865 bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 600, Integer.MAX_VALUE})
    void anIdOutOfRangeIsRefusedWithItsIndex(int id) {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {5, id}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("id " + id + " at index 1")
                .hasMessageContaining("use 0 to 599");
    }

    @Test
    void halfASurrogatePairIsRefused() {
        assertThatThrownBy(() -> tokenizer.encode("a\udc00")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aClosedTokenizerRefusesWork() {
        Tokenizer closed = Tokenizer.open(GoldenFiles.path("bpe-tiny/tokenizer.json"));
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.encode("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> closed.decode(new int[] {5})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void manyThreadsGetTheSameIds() {
        int[] alone = tokenizer.encode("Der Bäcker finds the small river.");
        assertThat(IntStream.range(0, 400)
                        .parallel()
                        .mapToObj(i -> tokenizer.encode("Der Bäcker finds the small river.")))
                .allSatisfy(ids -> assertThat(ids).isEqualTo(alone));
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), json);
    }
}
