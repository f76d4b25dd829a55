package dev.trireme.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.GoldenFiles;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextPiecesTest {
    private static final List<String> BETWEEN =
            List.of(".\n", "\n", "\n\n", " \n", "\n ", ".\r\n\r\n", "? ", "1\n", " \n\n\t");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tokenizers/llama2.json",
                "tokenizers/metaspace.json",
                "tokenizers/llama3.json",
                "tokenizers/gpt4o.json",
                "tokenizers/trailing-space.json",
                "tokenizers/unigram.json",
                "bpe-tiny/tokenizer.json"
            })
    void aTextOfSeveralPiecesHasTheTokensThatItHasAsAWhole(String name) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 6 * TextPieces.ENCODED; i++) {
            text.append("The small baker").append(BETWEEN.get((i * 31 + i / 7) % BETWEEN.size()));
        }
        try (Tokenizer tokenizer = Tokenizer.open(GoldenFiles.path(name))) {
            assertThat(TextPieces.encode(text.toString(), tokenizer)).isEqualTo(tokenizer.encode(text.toString()));
        }
    }
}
