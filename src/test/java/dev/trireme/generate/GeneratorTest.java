package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.data.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private static final int POSITIONS = 60;

    private Tokenizer tokenizer;
    private Generator generator;
    private Generator endless;

    @BeforeEach
    void open() {
        tokenizer = Fakes.tokenizer();
        generator = generator(tokenizer.id("<eos>").orElseThrow());
        endless = generator();
    }

    @AfterEach
    void close() {
        generator.close();
    }

    private Generator generator(Integer... ends) {
        FakeModel fake = new FakeModel(tokenizer.vocabularySize(), POSITIONS);
        return Generator.of(Fakes.languageModel(fake, ends), tokenizer);
    }

    @Test
    void handsOutTheTextThatItReturns() {
        GenerateOptions options = GenerateOptions.upTo(40).withLogProbabilities(true);
        for (GenerateOptions each :
                List.of(options, options.withStop(List.of("never comes")), options.withBeams(2, 1))) {
            List<String> pieces = new ArrayList<>();
            Generation generation = endless.generate("Der Bäcker", each, pieces::add);
            assertThat(String.join("", pieces)).isEqualTo(generation.text());
            assertThat(generation.text()).isEqualTo(tokenizer.decode(ints(generation.ids())));
            assertThat(generation.promptTokens()).isEqualTo(tokenizer.encode("Der Bäcker").length);
            assertThat(generation.ids()).hasSize(40);
            assertThat(generation.logProbabilities()).hasSize(40).allMatch(value -> value < 0);
            assertThat(generation.stop()).isEqualTo(StopReason.LENGTH);
            assertThat(endless.generate("Der Bäcker", each)).isEqualTo(generation);
            assertThat(endless.lastTiming().stepNanos()).hasSize(39);
        }
    }

    @Test
    void afterItsCloseEveryRequestNamesTheGenerator() {
        generator.close();
        GenerateOptions options = GenerateOptions.upTo(4);
        List<ThrowingCallable> requests = List.of(
                () -> generator.generate("Zug", options),
                () -> generator.generate("Zug", options, text -> {}),
                () -> generator.generateAll(List.of("Zug"), options),
                () -> generator.translate(List.of("Zug")),
                () -> generator.translate("Zug", options, text -> {}));
        assertThat(requests)
                .allSatisfy(request -> assertThatThrownBy(request)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageStartingWith("generator of ")
                        .hasMessageContaining(" is closed; open a new one to "));
    }

    @Test
    void oneThatBorrowsItsPartsLeavesThemOpen() {
        LanguageModel model = Fakes.languageModel(new FakeModel(tokenizer.vocabularySize(), POSITIONS));
        Generation expected;
        try (Generator borrowing = Generator.borrow(model, tokenizer)) {
            expected = borrowing.generate("Zug", GenerateOptions.upTo(4));
        }
        try (Generator again = Generator.of(model, tokenizer)) {
            assertThat(again.generate("Zug", GenerateOptions.upTo(4))).isEqualTo(expected);
        }
        assertThatThrownBy(() -> model.continueGreedily(new int[] {1}, 1)).hasMessageContaining("is closed");
    }

    @Test
    void endsBeforeAStopTextThatIsSpreadOverTokens() {
        Generation free = endless.generate("Zug", GenerateOptions.upTo(30));
        String stop = free.text().substring(9, 16);
        int begin = free.text().indexOf(stop);
        List<String> pieces = new ArrayList<>();
        Generation stopped =
                endless.generate("Zug", GenerateOptions.upTo(30).withStop(List.of("never", stop)), pieces::add);
        assertThat(stopped.stop()).isEqualTo(StopReason.STOP_TEXT);
        assertThat(stopped.text()).isEqualTo(free.text().substring(0, begin)).isEqualTo(String.join("", pieces));
        assertThat(free.ids()).startsWith(stopped.ids().toArray(Integer[]::new));
        assertThat(stopped.ids()).hasSizeLessThan(30);
        assertThat(tokenizer.decode(ints(stopped.ids()))).contains(stop);
    }

    @Test
    void manyTextsTogetherBecomeWhatTheyBecomeAlone() {
        List<String> prompts =
                IntStream.range(1, 70).mapToObj(i -> "Zug ".repeat(i % 3) + i).toList();
        Sampling warm = Sampling.GREEDY.withTemperature(1).withTopP(0.9).withSeed(3);
        GenerateOptions options = GenerateOptions.upTo(12).withSampling(warm).withStop(List.of("e", "ö"));
        List<Generation> together = endless.generateAll(prompts, options).all();
        for (int i = 0; i < prompts.size(); i++) {
            assertThat(together.get(i)).isEqualTo(endless.generate(prompts.get(i), options));
        }
        assertThat(together.stream().map(Generation::stop)).contains(StopReason.STOP_TEXT, StopReason.LENGTH);
    }

    @Test
    void translatesManyTextsAtOnceAsItTranslatesThemOneByOne() {
        List<String> sources = IntStream.range(0, 70)
                .mapToObj(i -> "Der Zug ".repeat(i % 3) + "zählt bis " + i * i)
                .toList();
        for (int beams : new int[] {1, 3}) {
            List<String> together = generator.translate(sources, beams, 1);
            for (int i = 0; i < sources.size(); i += 5) {
                assertThat(generator.translate(List.of(sources.get(i)), beams, 1))
                        .containsExactly(together.get(i));
            }
            assertThat(new HashSet<>(together)).hasSizeGreaterThan(50); // or nothing was compared
        }
    }

    @Test
    void translatesOneTextAsAGenerationWithTheSameText() {
        GenerateOptions options = GenerateOptions.upTo(Integer.MAX_VALUE);
        for (String source : List.of("Der Zug zählt bis 4", "Der Bäcker", "Maschine ".repeat(100))) {
            List<String> pieces = new ArrayList<>();
            Generation generation = generator.translate(source, options, pieces::add);
            assertThat(generation.text())
                    .isEqualTo(generator.translate(List.of(source)).get(0))
                    .isEqualTo(String.join("", pieces));
            assertThat(generation.promptTokens()).isEqualTo(Math.min(tokenizer.encode(source).length + 1, POSITIONS));
        }
        assertThat(generator
                        .translate("Der Zug", GenerateOptions.upTo(2), piece -> {})
                        .ids())
                .hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aSpecialTokenInAPromptIsTextUnlessTheOptionsSayOtherwise() {
        GenerateOptions options = GenerateOptions.upTo(1);
        String prompt = "Zug<eos>";
        assertThat(endless.generate(prompt, options).promptTokens())
                .isEqualTo(tokenizer.encode(prompt).length)
                .isGreaterThan(2);
        assertThat(endless.generate(prompt, options.withSpecialTokens(true)).promptTokens())
                .isEqualTo(tokenizer.encode("Zug").length + 1);
    }

    @Test
    void translatesASourceThatLeavesNoRoomAsNothing() {
        String endlessSource = "Maschine ".repeat(100);
        assertThat(generator.translate(List.of(endlessSource))).containsExactly("");
        assertThat(generator.translate(List.of(endlessSource), 4, 1)).containsExactly("");
        assertThat(generator.translate(List.of())).isEmpty();
    }

    @Test
    void refusesAnEmptyPromptAndMoreTokensThanPositionsBeforeAnythingRuns() {
        List<String> pieces = new ArrayList<>();
        assertThatThrownBy(() -> generator.generate("", GenerateOptions.upTo(1), pieces::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no tokens to start from");
        assertThatThrownBy(() -> generator.generate("Zug", GenerateOptions.upTo(Integer.MAX_VALUE), pieces::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2147483647 new ones are more than the 60 positions");
        assertThatThrownBy(() -> generator.generateAll(List.of("Zug", ""), GenerateOptions.upTo(1)))
                .hasMessage("prompt 1: there are no tokens to start from; give at least one");
        assertThat(pieces).isEmpty();
    }

    @Test
    void refusesATokenizerOfAnotherModel() {
        LanguageModel small = Fakes.languageModel(new FakeModel(100, POSITIONS));
        assertThatThrownBy(() -> Generator.of(small, tokenizer))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("but the model knows 100");
    }

    @Test
    void refusesToTranslateWithAModelThatHasNoEndToken() {
        assertThatThrownBy(() -> endless.translate(List.of("Zug")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no end token");
    }

    private static int[] ints(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }
}
