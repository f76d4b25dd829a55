package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.data.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextStreamTest {
    private static Tokenizer tokenizer;

    @BeforeAll
    static void openTokenizer() {
        tokenizer = TinyTranslator.openTokenizer();
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "Der Bäcker überquert die Brücke.", "😀 名前 🇩🇪 ½", "ends in €"})
    void handsOutWholeCharactersOnlyAndAllOfThem(String text) {
        List<String> pieces = new ArrayList<>();
        TextStream stream = new TextStream(tokenizer, pieces::add);
        for (int id : tokenizer.encode(text)) {
            stream.add(id);
        }
        assertThat(pieces).doesNotContain("").noneMatch(piece -> piece.contains("\uFFFD"));
        assertThat(String.join("", pieces)).isEqualTo(text);
        assertThat(stream.finish()).isEqualTo(text);
        assertThat(String.join("", pieces)).isEqualTo(text);
    }

    @Test
    void textBeforeAnUnfinishedCharacterIsNotHeldBack() {
        List<String> pieces = new ArrayList<>();
        TextStream stream = new TextStream(tokenizer, pieces::add);
        int[] ids = tokenizer.encode("x😀");
        for (int i = 0; i < ids.length - 1; i++) {
            stream.add(ids[i]);
        }
        assertThat(pieces).containsExactly("x");
        assertThat(stream.finish()).startsWith("x").endsWith("\uFFFD");
    }
}
