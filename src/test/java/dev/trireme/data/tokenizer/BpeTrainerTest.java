package dev.trireme.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.data.GoldenFiles;
import dev.trireme.data.tokenizer.BpeModel.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BpeTrainerTest {
    private static final List<String> SPECIAL = List.of("<pad>", "<eos>");

    @Test
    void mergesAndVocabularyEqualThoseOfTheReferenceTrainer() throws IOException {
        BpeModel model = BpeTrainer.train(Files.readAllLines(GoldenFiles.path("bpe-tiny/text.txt")), 600, SPECIAL);

        JsonNode reference = GoldenFiles.json("bpe-tiny/tokenizer.json").get("model");
        assertThat(model.merges()).isEqualTo(merges(reference.get("merges")));
        assertThat(model.vocabulary()).hasSize(600).hasSameSizeAs(reference.get("vocab"));
        for (int id = 0; id < model.vocabulary().size(); id++) {
            assertThat(reference.get("vocab").get(model.vocabulary().get(id)).asInt())
                    .isEqualTo(id);
        }
    }

    @ParameterizedTest(name = "case {0}")
    @MethodSource("ties")
    void tiesAndRunsMergeAsInTheReferenceTrainer(int number, JsonNode reference) {
        BpeModel model = BpeTrainer.train(
                GoldenFiles.strings(reference.get("lines")),
                reference.get("vocabulary_size").asInt(),
                GoldenFiles.strings(reference.get("special_tokens")));

        assertThat(model.merges()).isEqualTo(merges(reference.get("merges")));
        assertThat(model.vocabulary())
                .hasSize(reference.get("number_of_tokens").asInt())
                .endsWith(GoldenFiles.strings(reference.get("last_tokens")).toArray(String[]::new));
    }

    static Stream<Arguments> ties() {
        JsonNode cases = GoldenFiles.json("bpe-ties.json").get("cases");
        return IntStream.range(0, cases.size()).mapToObj(number -> Arguments.of(number, cases.get(number)));
    }

    @Test
    void theOrderOfTheLinesDoesNotMatter() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(GoldenFiles.path("bpe-tiny/text.txt")));
        BpeModel model = BpeTrainer.train(lines, 600, SPECIAL);
        Collections.shuffle(lines, new Random(1));
        assertThat(BpeTrainer.train(lines, 600, SPECIAL)).isEqualTo(model);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 257, 10_000_001})
    void impossibleVocabularySizesAreRefusedWithTheRange(int size) {
        assertThatThrownBy(() -> BpeTrainer.train(List.of("text"), size, SPECIAL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vocabulary size " + size)
                .hasMessageContaining("use 258 to 10000000");
    }

    @Test
    void theLeastVocabularyIsTheSpecialTokensAndTheBytes() {
        BpeModel model = BpeTrainer.train(List.of("aa aa"), 258, SPECIAL);
        assertThat(model.vocabulary())
                .hasSize(258)
                .startsWith("<pad>", "<eos>", "!", "\"")
                .endsWith("Ń");
        assertThat(model.merges()).isEmpty();
    }

    @Test
    void emptyAndRepeatedSpecialTokensAreRefused() {
        for (List<String> special : List.of(List.of(""), List.of("<s>", "<s>"))) {
            assertThatThrownBy(() -> BpeTrainer.train(List.of("text"), 300, special))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(special.toString());
        }
    }

    @Test
    void halfASurrogatePairIsRefused() {
        assertThatThrownBy(() -> BpeTrainer.train(List.of("😀 \ud83d"), 300, SPECIAL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("U+D83D")
                .hasMessageContaining("index 3");
    }

    private static List<Merge> merges(JsonNode pairs) {
        return StreamSupport.stream(pairs.spliterator(), false)
                .map(pair -> new Merge(pair.get(0).asText(), pair.get(1).asText()))
                .toList();
    }
}
