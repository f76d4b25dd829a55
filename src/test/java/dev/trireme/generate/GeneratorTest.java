package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.SpecialTokens;
import dev.trireme.data.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private Generator generator;

    @BeforeEach
    void open() {
        generator = TinyTranslator.open();
    }

    @AfterEach
    void close() {
        generator.close();
    }

    @Test
    void handsOutTheTextThatItReturns() {
        List<String> pieces = new ArrayList<>();
        Generation generation = generator.generate("Der Bäcker", new GenerateOptions(20), pieces::add);
        assertThat(String.join("", pieces)).isEqualTo(generation.text());
        assertThat(generation.promptTokens()).isPositive();
        if (generation.stop() == StopReason.LENGTH) {
            assertThat(generation.ids()).hasSize(20);
        } else {
            assertThat(generation.ids()).hasSizeLessThan(20);
        }
    }

    @Test
    void translatesManyTextsAtOnceAsItTranslatesThemOneByOne() {
        // More than fit at once, of many lengths.
        List<String> sources = IntStream.range(0, 100)
                .mapToObj(i -> "Der Zug ".repeat(i % 3) + "zählt bis " + i * i)
                .toList();
        List<String> together = generator.translate(sources);
        List<String> apart = sources.stream()
                .map(source -> generator.translate(List.of(source)).get(0))
                .toList();
        assertThat(together).isEqualTo(apart);
        assertThat(new HashSet<>(together)).hasSizeGreaterThan(5); // or nothing was compared
    }

    @Test
    void translatesASourceThatLeavesNoRoomAsNothing() {
        String endless = "Maschine ".repeat(100);
        assertThat(generator.translate(List.of(endless))).containsExactly("");
        assertThat(generator.translate(List.of())).isEmpty();
    }

    @Test
    void refusesAnEmptyPromptAndMoreTokensThanPositionsBeforeAnythingRuns() {
        List<String> pieces = new ArrayList<>();
        assertThatThrownBy(() -> generator.generate("", new GenerateOptions(1), pieces::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tokens to start from");
        assertThatThrownBy(() -> generator.generate("Zug", new GenerateOptions(Integer.MAX_VALUE), pieces::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2147483647 new ones are more than the 40 positions");
        assertThatThrownBy(() -> new GenerateOptions(0)).hasMessage("maxNewTokens is 0; use 1 or more");
        assertThat(pieces).isEmpty();
    }

    @Test
    void refusesATokenizerOfAnotherModel() {
        try (LanguageModel small = TinyTranslator.openModel(100, SpecialTokens.NONE);
                Tokenizer tokenizer = TinyTranslator.openTokenizer()) {
            assertThatThrownBy(() -> Generator.of(small, tokenizer))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("but the model knows 100");
        }
    }

    @Test
    void refusesToTranslateWithAModelThatHasNoEndToken() {
        Tokenizer tokenizer = TinyTranslator.openTokenizer();
        LanguageModel model = TinyTranslator.openModel(tokenizer.vocabularySize(), SpecialTokens.NONE);
        try (Generator endless = Generator.of(model, tokenizer)) {
            assertThatThrownBy(() -> endless.translate(List.of("Zug")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no end token");
        }
    }
}
