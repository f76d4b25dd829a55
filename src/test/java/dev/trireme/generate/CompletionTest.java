package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.engine.EngineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class CompletionTest {
    private static final int VOCABULARY = 23;
    private static final List<int[]> PROMPTS = Fakes.prompts(70, 12, VOCABULARY);

    private final FakeModel fake = new FakeModel(VOCABULARY, 600);
    private final LanguageModel model = Fakes.languageModel(fake, 5, 11);

    static Stream<GenerateOptions> ways() {
        GenerateOptions options = GenerateOptions.upTo(9).withLogProbabilities(true);
        Sampling warm = Sampling.GREEDY.withTemperature(0.9).withSeed(7);
        return Stream.of(
                GenerateOptions.upTo(9),
                options,
                options.withSampling(Sampling.GREEDY.withRepetitionPenalty(1.5)),
                options.withSampling(warm),
                options.withSampling(
                        warm.withTopK(5).withTopP(0.9).withMinP(0.05).withRepetitionPenalty(1.1)),
                options.withBeams(3, 1));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void manyPromptsTogetherBecomeWhatEachBecomesAlone(GenerateOptions options) {
        List<Completion> together = complete(PROMPTS, options);
        assertThat(fake.opened).hasValue(1);
        for (int i = 0; i < PROMPTS.size(); i++) {
            assertSame(
                    together.get(i), complete(List.of(PROMPTS.get(i)), options).get(0));
        }
        assertThat(together.stream()
                        .map(completion -> Arrays.toString(completion.ids()))
                        .distinct())
                .hasSizeGreaterThan(40); // or nothing was compared
        assertThat(together.stream().map(Completion::stop)).contains(StopReason.END, StopReason.LENGTH);
        model.close();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theCacheChangesNothing(GenerateOptions options) {
        List<int[]> prompts = PROMPTS.subList(0, 20);
        List<Completion> with = complete(prompts, options);
        List<Completion> without = complete(prompts, options.withKeyValueCache(false));
        for (int i = 0; i < prompts.size(); i++) {
            assertSame(without.get(i), with.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void logProbabilitiesAreThoseOfTheModel(GenerateOptions options) {
        int[] prompt = {1, 2, 3};
        Completion completion = complete(List.of(prompt), options).get(0);
        if (!options.logProbabilities()) {
            assertThat(completion.logProbabilities()).isEmpty();
            return;
        }
        List<Integer> text = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
        assertThat(completion.logProbabilities())
                .hasSameSizeAs(completion.ids())
                .isNotEmpty();
        for (int i = 0; i < completion.ids().length; i++) {
            float[] logits = fake.logitsAfter(text);
            double sum = IntStream.range(0, VOCABULARY)
                    .mapToDouble(id -> Math.exp(logits[id]))
                    .sum();
            assertThat(completion.logProbabilities()[i])
                    .isCloseTo(logits[completion.ids()[i]] - Math.log(sum), within(1e-12));
            text.add(completion.ids()[i]);
        }
    }

    @Test
    void aTimingIsToldInWords() {
        assertThat(new Timing(5, new long[] {1, 3, 8})).hasToString("prefill 5 ns, 3 steps of 3 ns in the middle");
    }

    @Test
    void greedyTokensAreTheArgmaxOfEachStepAndNoLogitsAreCopied() {
        List<Integer> text = new ArrayList<>(List.of(1, 2, 3));
        for (int i = 0; i < 20; i++) {
            text.add(Fakes.argmax(fake.logitsAfter(text)));
        }
        int[] expected = text.stream().skip(3).mapToInt(Integer::intValue).toArray();
        LanguageModel endless = Fakes.languageModel(fake);
        assertThat(endless.continueGreedily(new int[] {1, 2, 3}, 20)).isEqualTo(expected);
        assertThat(fake.logitsRead).hasValue(0);
    }

    @Test
    void promptsGoInByChunksTogetherAndTextsThatAreDoneDropOut() {
        LanguageModel endless = Fakes.languageModel(fake);
        List<int[]> prompts = List.of(new int[3], new int[520], new int[256]);
        Completions completions = endless.complete(prompts, GenerateOptions.upTo(4), (prompt, id) -> prompt != 2);
        assertThat(fake.idsOfCalls).containsExactly(320, 320, 139, 2, 2, 2); // 256 + 64, 256 + 64, 8 + 128 + 3
        assertThat(fake.rowsOfCalls).containsExactly(2, 2, 3, 2, 2, 2);
        assertThat(completions.all().get(2).stop()).isEqualTo(StopReason.STOP_TEXT);
        assertThat(completions.all().get(2).ids()).hasSize(1);
        assertThat(completions.timing().stepNanos()).hasSize(3);
        assertThat(completions.timing().prefillNanos()).isPositive();
    }

    @Test
    void listenersHearEveryTokenOfEveryPrompt() {
        for (GenerateOptions options :
                List.of(GenerateOptions.upTo(6), GenerateOptions.upTo(6).withBeams(2, 0))) {
            List<List<Integer>> heard = new ArrayList<>();
            PROMPTS.forEach(prompt -> heard.add(new ArrayList<>()));
            Completions completions = model.complete(
                    PROMPTS, options, (prompt, id) -> heard.get(prompt).add(id));
            assertThat(completions.all().stream()
                            .map(completion ->
                                    Arrays.stream(completion.ids()).boxed().toList()))
                    .isEqualTo(heard);
        }
    }

    @Test
    void blocksAreFreeWhateverHappensAndTheCacheIsClosedInTheEnd() {
        assertThatThrownBy(() -> model.complete(PROMPTS, GenerateOptions.upTo(3), (prompt, id) -> {
                    throw new IllegalStateException("the listener's own");
                }))
                .hasMessage("the listener's own");
        assertThat(complete(PROMPTS, GenerateOptions.upTo(3))).hasSize(70);
        assertThat(model.engine().metrics().blocksInUse()).isZero();
        assertThat(fake.opened).hasValue(1);
        model.close();
        assertThat(fake.closed).hasValue(1);
        assertThat(fake.freed).isTrue();
    }

    @Test
    void scoresEveryPositionInOrder() {
        int[] ids = IntStream.range(0, 600).map(i -> i * i % VOCABULARY).toArray();
        List<float[]> logits = new ArrayList<>();
        double[] scores = model.score(ids, logits::add);
        List<Integer> text = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            text.add(ids[i]);
            assertThat(logits.get(i)).isEqualTo(fake.logitsAfter(text));
            if (i < scores.length) {
                assertThat(scores[i]).isEqualTo(Fakes.logProbability(logits.get(i), ids[i + 1]));
            }
        }
        assertThat(scores).hasSize(599);
        assertThat(model.score(new int[] {3}, row -> {})).isEmpty();
        model.close();
    }

    @Test
    void logitsThatAreNotFiniteAreAnErrorAndNotAToken() {
        LanguageModel broken = Fakes.languageModel(new FakeModel(VOCABULARY, 20) {
            @Override
            float[] logitsAfter(List<Integer> text) {
                float[] logits = super.logitsAfter(text);
                logits[4] = Float.NaN;
                return logits;
            }
        });
        Sampling warm = Sampling.GREEDY.withTemperature(1);
        for (Sampling sampling : List.of(warm, warm.withTopP(0.5), warm.withRepetitionPenalty(2))) {
            assertThatThrownBy(() -> broken.complete(
                            List.of(new int[] {1}), GenerateOptions.upTo(2).withSampling(sampling), TokenListener.NONE))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("not finite");
        }
    }

    @Test
    void refusesWhatTheModelDoesNotHaveBeforeAnythingRuns() {
        assertRefused("there are no tokens to start from; give at least one", new int[0]);
        assertRefused(
                "prompt 1: id 23 at index 1 is not one of the model's; use 0 to 22", new int[1], new int[] {1, 23});
        assertRefused("id -1 at index 0 is not one of the model's; use 0 to 22", new int[] {-1});
        assertRefused(
                "600 tokens and 9 new ones are more than the 600 positions of the model; use a shorter text or fewer new"
                        + " tokens",
                new int[600]);
        assertThat(complete(PROMPTS, GenerateOptions.upTo(9))).hasSize(70);
        assertThatThrownBy(() -> model.score(new int[601], logits -> {})).hasMessageContaining("601 tokens");
        assertThat(complete(List.of(), GenerateOptions.upTo(9))).isEmpty();
    }

    @Test
    void aTextThatTheCacheCannotHoldIsRefused() {
        fake.free = OptionalLong.of(1_000_000); // a quarter of which holds 7 blocks
        try (LanguageModel small = Fakes.languageModel(fake)) {
            assertThat(small.continueGreedily(new int[200], 24)).hasSize(24);
            assertThatThrownBy(() -> small.continueGreedily(new int[200], 25))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "1 × 225 tokens take 8 blocks of the cache but it has 7; use a shorter text, fewer new tokens"
                                    + " or beams, or more memory for the cache");
        }
    }

    private void assertRefused(String message, int[]... prompts) {
        assertThatThrownBy(() -> complete(List.of(prompts), GenerateOptions.upTo(9)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThat(fake.idsOfCalls).isEmpty();
    }

    private List<Completion> complete(List<int[]> prompts, GenerateOptions options) {
        return model.complete(prompts, options, TokenListener.NONE).all();
    }

    private static void assertSame(Completion one, Completion other) {
        assertThat(one.ids()).isEqualTo(other.ids());
        assertThat(one.logProbabilities()).isEqualTo(other.logProbabilities());
        assertThat(one.stop()).isEqualTo(other.stop());
    }
}
