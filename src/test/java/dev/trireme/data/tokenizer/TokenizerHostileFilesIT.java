package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.trireme.config.BadInputException;
import dev.trireme.data.GoldenFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and texts that stop or end the process where the library gets them unchecked. */
class TokenizerHostileFilesIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"(\\w|a)*\\1z", "(?:a|b)*c", "(a+)+$", "\\s+x"})
    void aPatternThatMayTakeUnboundedTimeIsRefusedWithItsPathAndACure(String regex) throws IOException {
        for (String json : new String[] {
            "'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [{'type': 'Split', 'pattern': {'Regex': '~'},"
                    + " 'behavior': 'Isolated', 'invert': false}]}",
            "'normalizer': {'type': 'Replace', 'pattern': {'Regex': '~'}, 'content': ''}",
            "'decoder': {'type': 'Sequence', 'decoders': [{'type': 'Replace', 'pattern': {'Regex': '~'}, 'content': ''}]}"
        }) {
            Path file = write(json.replace("~", regex.replace("\\", "\\\\")));
            String location = json.replace("'", "").replaceFirst(":.*", "");
            assertThatThrownBy(() -> Tokenizer.open(file).close())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(file + ": " + location)
                    .hasMessageContaining(".pattern is " + JSON.writeValueAsString(regex))
                    .hasMessageContaining("; let nothing that can fail follow");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'normalizer': ['Replace', {'Regex': '(a+)+$'}, '']                     | normalizer is no object",
                "'normalizer': {'type': 'Fuse', 'pattern': {'Regex': '(a+)+$'}, 'content': ''} | normalizer.pattern is",
                "'normalizer': {'pattern': {'Regex': '(a+)+$'}, 'content': ''}          | normalizer.pattern is",
                "'normalizer': {'type': 'Precompiled', 'precompiled_charsmap': 'AAAA'}  | precompiled_charsmap is damaged",
                "'normalizer': {'type': 'Prepend', 'prepend': '12345678901234567890123456789012345678901234567890123456"
                        + "789012345'}                                                  | normalizer.prepend is longer",
                "'pre_tokenizer': {'type': 'FixedLength', 'length': 0}                  | pre_tokenizer.length is 0",
                "'decoder': {'type': 'Strip', 'content': 'a', 'start': 0, 'stop': 4294967296} | decoder.stop is 4294967296, not",
                "'post_processor': {'type': 'BertProcessing', 'sep': ['a', 0], 'cls': ['b', 7]} | .cls has the id 7",
                "'post_processor': {'type': 'TemplateProcessing', 'single': [{'Sequence': {'id': 'B', 'type_id': 0}}],"
                        + " 'pair': [], 'special_tokens': {}}                           | .single has the piece",
                "'post_processor': {'type': 'TemplateProcessing', 'single': [], 'pair': [], 'special_tokens': {}}"
                        + "                                                             | has the text 0 times",
                "'post_processor': {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 'a', 'type_id': 0}},"
                        + " {'Sequence': {'id': 'A', 'type_id': 0}}], 'pair': [], 'special_tokens': {}}"
                        + "                                                             | lacks ids and tokens of \"a\"",
                "'post_processor': {'type': 'TemplateProcessing', 'single': [{'SpecialToken': {'id': 'a', 'type_id': 0}},"
                        + " {'Sequence': {'id': 'A', 'type_id': 0}}], 'pair': [], 'special_tokens': {'a': {'id': 'a',"
                        + " 'ids': [9], 'tokens': ['a']}}}                              | \"a\"] has the id 9, which no",
                "'model': {'type': 'BPE', 'dropout': 0.1, 'vocab': {'a': 0}, 'merges': []}     | model.dropout makes",
                "'model': {'type': 'BPE', 'continuing_subword_prefix': '##', 'vocab': {'a': 0, 'b': 1, 'ab': 2},"
                        + " 'merges': [['a', 'b']]}                                     | model.merges[0]",
                "'model': {'type': 'WordPiece', 'max_input_chars_per_word': 4294967297, 'vocab': {'a': 0}}"
                        + "                                                             | is 4294967297, more than",
                "'model': {'type': 'WordLevel', 'vocab': {'a': 0, 'b': 0}}              | \"b\" the id 0, but \"a\" has",
                "'model': {'type': 'Unigram', 'vocab': [['a', 0.0], ['b']]}             | model.vocab[1] is [\"b\"]",
                "'model': {'type': 'Unigram', 'vocab': [['a', 0.0]], 'unk_id': 1}       | not a tokenizer",
                "'added_tokens': [{'id': 1, 'content': ''}]                             | entry without content",
            })
    void aFileThatWouldEndOrStopTheProcessIsRefused(String json, String problem) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(problem)
                .hasMessageContaining("; ");
    }

    /** A normalizer of that kind ends the process on some texts. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Regex': ''}",
                "{'Regex': 'z*'}",
                "{'Regex': '^'}",
                "{'Regex': '\\\\b'}",
                "{'Regex': '(?=b)'}",
                "{'Regex': 'b?'}",
                "{'Regex': 'b|'}",
                "{'Regex': '(?:a|)'}",
                "{'String': ''}"
            })
    void aPatternThatMatchesTheEmptyTextIsRefused(String pattern) throws IOException {
        for (String json : new String[] {
            "'normalizer': {'type': 'Sequence', 'normalizers': [{'type': 'Replace', 'pattern': ~, 'content': 'x'},"
                    + " {'type': 'NFD'}]}",
            "'pre_tokenizer': {'type': 'Split', 'pattern': ~, 'behavior': 'Isolated', 'invert': false}",
            "'decoder': {'type': 'Replace', 'pattern': ~, 'content': 'x'}"
        }) {
            Path file = write(json.replace("~", pattern));
            assertThatThrownBy(() -> Tokenizer.open(file).close())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith(file + ": " + json.replace("'", "").replaceFirst(":.*", ""))
                    .hasMessageContaining(", which matches the empty text; let it match one character");
        }
    }

    /** The library ends the process on the next text, or takes hours to open the file. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'type': 'Strip', 'strip_left': true, 'strip_right': true  | ` ` | 1      | leaves nothing of the added",
                "'type': 'Replace', 'pattern': {'String': 'x'}, 'content': '' | x | 256   | leaves nothing of the added",
                "'type': 'Replace', 'pattern': {'String': 'x'}, 'content': '0123456789012345678901234567890123456789' | x"
                        + " | 256 | may make more than 4096 characters of the added",
                "'type': 'Lowercase'                                       | x   | 257    | of 257 characters, more than 256",
                "'type': 'Lowercase'                                       | x   | 50000  | of 50000 characters, more than",
            })
    void anAddedTokenThatWouldEndOrStopTheProcessIsRefused(String normalizer, String part, int times, String problem)
            throws IOException {
        Path file = write(
                "'normalizer': {" + normalizer + "}, 'added_tokens': [{'id': 1, 'content': '" + part.repeat(times)
                        + "', 'special': false, 'normalized': true, 'single_word': false, 'lstrip': false, 'rstrip': false}]");
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(problem)
                .hasMessageContaining("; give");
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 10_000, 1_000_000})
    void normalizersNestedTooDeepAreRefused(int depth) throws IOException {
        Path file =
                write("'normalizer': " + "{'type': 'Sequence', 'normalizers': [".repeat(depth) + "]}".repeat(depth));
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + ":1: not valid JSON")
                .hasMessageContaining("depth");
    }

    @Test
    void moreThanTwentyThousandAddedTokensAreRefused() throws IOException {
        ArrayNode added = JSON.createArrayNode();
        IntStream.rangeClosed(1, 20_001)
                .forEach(id -> added.addObject().put("id", id).put("content", "<" + id + ">"));
        Path file = write("'added_tokens': " + added);
        assertThatThrownBy(() -> Tokenizer.open(file).close()).hasMessageContaining("added_tokens has 20001 of 20000");
    }

    @ParameterizedTest
    @CsvSource({"llama2, 1048577", "llama3, 1048576", "unigram, 1048577", "word-piece, 1"})
    void aWordOfAMillionCharactersIsEncoded(String name, int tokens) {
        try (Tokenizer tokenizer = open(name)) {
            assertThat(tokenizer.encode("a".repeat(1 << 20)).length).isEqualTo(tokens);
        }
    }

    /** Each of 2^16 characters read again from each would be seconds for a case, and a failure from 10^7 on. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3", "gpt4o", "trailing-space"})
    void patternsOfPublishedTokenizersTakeLongTexts(String name) {
        try (Tokenizer tokenizer = open(name)) {
            for (String unit : new String[] {" ", "\n", " \n", "A", "!", "7", "\u0301", "  x"}) {
                String text = unit.repeat(1 << 16) + "x";
                assertThat(tokenizer.decode(tokenizer.encode(text)).equals(text))
                        .as(unit)
                        .isTrue();
            }
        }
    }

    @Test
    void aTextIsBoundedByWhatTheNormalizersMakeOfIt() throws IOException {
        Path bomb = write("""
            'normalizer': {'type': 'Sequence', 'normalizers': [
                {'type': 'Replace', 'pattern': {'String': 'a'}, 'content': 'aaaaaaaaaa'},
                {'type': 'Replace', 'pattern': {'Regex': 'a'}, 'content': 'aaaaaaaaaa'},
                {'type': 'Replace', 'pattern': {'String': 'b'}, 'content': 'cccccccccccc'}]}""");
        try (Tokenizer tokenizer = Tokenizer.open(bomb);
                Tokenizer plain = open("llama2")) {
            assertThatThrownBy(() -> tokenizer.encode("b".repeat(20_972)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("text has 20972 characters; encode at most 20971 at a time");
            assertThatThrownBy(() -> plain.encode("b".repeat((1 << 21) + 1))).hasMessageContaining("at most 2097152");
        }
    }

    @Test
    void aDecoderThatMakesThousandsOfCharactersOfOneIsRefused() throws IOException {
        Path file = write(
                "'decoder': {'type': 'Replace', 'pattern': {'String': 'ab'}, 'content': '" + "x".repeat(2001) + "'}");
        assertThatThrownBy(() -> Tokenizer.open(file).close())
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("decoder makes more than 1000");
    }

    @Test
    void aCharacterWithoutTokenIsAnErrorNotAGuess() throws IOException {
        Path file = write("'model': {'type': 'WordLevel', 'unk_token': '?', 'vocab': {'a': 0}}");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            assertThatThrownBy(() -> tokenizer.encode("b"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot be encoded");
        }
    }

    /** One block of units in which only 'a' leads on, to the replacement "b". */
    @Test
    void aWholeCharsmapNormalizes() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(charsmap(charsmap()))) {
            assertThat(tokenizer.encode("ab")).containsExactly(0, 0);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void aDamagedCharsmapIsRefusedOrHarmless(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] damaged = charsmap();
            int length = random.nextInt(8) == 0 ? random.nextInt(damaged.length) : damaged.length;
            damaged[random.nextInt(4 + 8)] ^= (byte) (1 << random.nextInt(8));
            damaged[4 + 4 * ('a' ^ 1) + random.nextInt(4)] ^= (byte) (1 << random.nextInt(8));
            damaged[4 + 4 * ('a' ^ 2) + random.nextInt(4)] = (byte) random.nextInt(256);
            try (Tokenizer tokenizer = Tokenizer.open(charsmap(Arrays.copyOf(damaged, length)))) {
                assertThat(tokenizer.encode("ab" + (char) random.nextInt(0xD800)))
                        .isNotNull();
            } catch (BadInputException e) {
                assertThat(e).hasMessageContaining("precompiled_charsmap is damaged");
            }
        }
    }

    private static byte[] charsmap() {
        ByteBuffer map = ByteBuffer.allocate(4 + 4 * 256 + 2).order(ByteOrder.LITTLE_ENDIAN);
        map.putInt(0, 4 * 256);
        map.putInt(4, 1 << 10); // root: children at 1 ^ byte
        map.putInt(4 + 4 * (1 ^ 'a'), ((1 ^ 'a' ^ 2 ^ 'a') << 10) | 0x100 | 'a'); // its leaf at 2 ^ 'a'
        map.putInt(4 + 4 * (2 ^ 'a'), Integer.MIN_VALUE); // replacement at 0
        map.put(4 + 4 * 256, (byte) 'b');
        return map.array();
    }

    private Path charsmap(byte[] map) throws IOException {
        return write("'normalizer': {'type': 'Precompiled', 'precompiled_charsmap': '"
                + Base64.getEncoder().encodeToString(map)
                + "'}, 'model': {'type': 'Unigram', 'unk_id': 1, 'vocab': [['b', 0.0], ['?', 0.0]]}");
    }

    /** A tokenizer of one token, "a", but for the fields in {@code json}, whose quotes are single. */
    private Path write(String json) throws IOException {
        String model = "\"model\": {\"type\": \"WordLevel\", \"unk_token\": \"a\", \"vocab\": {\"a\": 0}}";
        String text = "{\"version\": \"1.0\", " + json.replace('\'', '"')
                + (json.contains("'model'") ? "" : ", " + model) + "}";
        return Files.writeString(folder.resolve("tokenizer.json"), text);
    }

    private static Tokenizer open(String name) {
        return Tokenizer.open(GoldenFiles.path("tokenizers/" + name + ".json"));
    }
}
