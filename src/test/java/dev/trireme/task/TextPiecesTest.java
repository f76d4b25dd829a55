package dev.trireme.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.GoldenFiles;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextPiecesTest {
    private static final List<String> BETWEEN =
            List.of(".\n", "\n", "\n\n", " \n", "\n ", ".\r\n\r\n", "? ", "1\n", " \n\n\t");
    private static final List<String> WORDS = List.of("The small baker", "Öl", "one", "B", "new 😀 line", "ça", "12");

    @ParameterizedTest
    @CsvSource({
        "tokenizers/llama2.json, false",
        "tokenizers/metaspace.json, false",
        "tokenizers/llama3.json, true",
        "tokenizers/gpt4o.json, true",
        "tokenizers/trailing-space.json, true",
        "tokenizers/unigram.json, false",
        "bpe-tiny/tokenizer.json, true"
    })
    void aTextOfSeveralPiecesHasTheTokensThatItHasAsAWhole(String name, boolean cut) {
        assertSameTokens(GoldenFiles.path(name), cut);
    }

    /** Of 16,384 characters, only some of the lines end where tokens do. */
    @Test
    void noPieceEndsWithinATokenOfALineBreakAndLetters(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": [], "normalizer": null, "pre_tokenizer": null, "post_processor": null,
                 "decoder": null, "model": {"type": "BPE", "unk_token": "?", "fuse_unk": false, "byte_fallback": false,
                  "vocab": {"?": 0, "\\n": 1, "T": 2, "o": 3, "n": 4, ".": 5, "\\nT": 6, "\\no": 7, "\\non": 8},
                  "merges": ["\\n T", "\\n o", "\\no n"]}}
                """);
        assertSameTokens(file, true);
    }

    private static void assertSameTokens(Path file, boolean cut) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < 6 * TextPieces.ENCODED; i++) {
            text.append(WORDS.get((i * 17 + i / 5) % WORDS.size()))
                    .append(BETWEEN.get((i * 31 + i / 7) % BETWEEN.size()));
        }
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            assertThat(TextPieces.encode(text.toString(), tokenizer)).isEqualTo(tokenizer.encode(text.toString()));
            assertThat(TextPieces.encoded(text.toString(), tokenizer).size() > 3)
                    .isEqualTo(cut);
        }
    }
}
