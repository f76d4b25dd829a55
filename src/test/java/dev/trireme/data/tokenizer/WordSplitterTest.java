package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.trireme.data.GoldenFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordSplitterTest {
    private static final List<String> ALPHABETS = List.of(
            "ab1! ",
            "'strevmlld XÄ",
            " \t\n\u000b\f\r\u0085\u00a0\u1680\u2003\u2028\u2029\u202f\u205f\u3000x",
            "\u0000\u001c\u001d\u001e\u001f\u007f\u180e\u200b\u200d\u2060\ufeff a",
            "e\u0301ªºßﬁǅʰ中の\u0e33नी1",
            "½²Ⅷ٣百〇①𝟙9x_",
            "😀👍🏽🇩🇪𝔘€§+“”…— ");

    private static HuggingFaceTokenizer library;

    @BeforeAll
    static void openLibrary() throws IOException {
        Tokenizer.open(GoldenFiles.path("bpe-tiny/tokenizer.json")).close(); // keeps the library offline
        library = HuggingFaceTokenizer.newInstance(
                GoldenFiles.path("bpe-tiny/tokenizer.json"), Map.of("truncation", "false", "padding", "false"));
    }

    @AfterAll
    static void closeLibrary() {
        library.close();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7})
    void wordsOfRandomTextsAreThoseOfTheEncoder(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            String alphabet =
                    ALPHABETS.get(random.nextInt(ALPHABETS.size())) + ALPHABETS.get(random.nextInt(ALPHABETS.size()));
            int[] characters = alphabet.codePoints().toArray();
            String text = random.ints(random.nextInt(40), 0, characters.length)
                    .mapToObj(index -> Character.toString(characters[index]))
                    .collect(Collectors.joining());
            assertThat(spelledWords(text)).as(text).isEqualTo(wordsOfLibrary(text));
        }
    }

    @Test
    void aContractionIsAWordOnlyAfterItsApostrophe() {
        assertThat(words("We'll don't 'S it 's"))
                .containsExactly("We", "'ll", " don", "'t", " '", "S", " it", " '", "s");
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        WordSplitter.forEachWord(text, words::add);
        return words;
    }

    private static List<String> spelledWords(String text) {
        return words(text).stream().map(ByteAlphabet::spell).toList();
    }

    private static List<String> wordsOfLibrary(String text) {
        Encoding encoding = library.encode(text);
        List<String> words = new ArrayList<>();
        for (int i = 0; i < encoding.getTokens().length; i++) {
            String token = encoding.getTokens()[i];
            if (encoding.getWordIds()[i] < words.size()) {
                words.set(words.size() - 1, words.get(words.size() - 1) + token);
            } else {
                words.add(token);
            }
        }
        return words;
    }
}
