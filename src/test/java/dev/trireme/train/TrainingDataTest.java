package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.Pair;
import dev.trireme.data.tokenizer.BpeTrainer;
import dev.trireme.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingDataTest {
    private static final int END = 1;

    @Test
    void theBytesOfARowThatIsCutAreThoseThatItHas(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        BpeTrainer.train(List.of("a"), 258, List.of("<pad>", "<eos>")).save(file); // a token for each byte
        List<Pair> pairs = List.of(new Pair("abc", "defg"), new Pair("abcd", "ghijklmn"), new Pair("abcdefgh", "i"));
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            TrainingData.Part whole = TrainingData.part(pairs, tokenizer, END, 100);
            assertThat(whole.bytes()).isEqualTo(4 + 8 + 1);
            assertThat(whole.labels()).isEqualTo(5 + 9 + 2); // with the end of each

            TrainingData.Part cut = TrainingData.part(pairs, tokenizer, END, 9);
            assertThat(cut.bytes()).isEqualTo(4 + 4);
            assertThat(cut.labels()).isEqualTo(5 + 4);
        }
    }
}
