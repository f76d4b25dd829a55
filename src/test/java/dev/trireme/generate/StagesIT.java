package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.PipelineLayout;
import dev.trireme.model.HuggingFaceConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups of prompts on stages and copies, as {@link FakeStage} watches over them. */
@Timeout(60)
class StagesIT {
    private static final List<int[]> PROMPTS = Fakes.prompts(70, 12, FakeStage.VOCABULARY);
    private static final Integer[] ENDS = {5, 11};

    private final List<FakeStage> stages = new ArrayList<>();

    private LanguageModel model(int copies, int stagesOfCopy, int groups) {
        List<List<CachedStage>> chains = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            List<FakeStage> chain = FakeStage.chain(stagesOfCopy);
            stages.addAll(chain);
            chains.add(List.copyOf(chain));
        }
        GenerationLayout layout =
                new GenerationLayout(PipelineLayout.of(stagesOfCopy, "even"), groups, copies, "cpu", 1);
        return model(chains, layout, ENDS);
    }

    private static LanguageModel model(List<List<CachedStage>> copies, GenerationLayout layout, Integer... ends) {
        HuggingFaceConfig config = Fakes.config(FakeStage.VOCABULARY, FakeStage.POSITIONS, ends);
        return new LanguageModel(Chains.of(copies, layout, config.model()), config, List.of());
    }

    private static List<String> complete(LanguageModel model, List<int[]> prompts, GenerateOptions options) {
        return texts(model.complete(prompts, options, TokenListener.NONE));
    }

    private static List<String> texts(Completions completions) {
        return completions.all().stream()
                .map(each -> Arrays.toString(each.ids()) + Arrays.toString(each.logProbabilities()) + each.stop())
                .toList();
    }

    private static List<String> expected(GenerateOptions options) {
        FakeModel fake = new FakeModel(FakeStage.VOCABULARY, FakeStage.POSITIONS);
        return complete(Fakes.languageModel(fake, ENDS), PROMPTS, options);
    }

    @ParameterizedTest
    @MethodSource("dev.trireme.generate.CompletionTest#ways")
    void everyLayoutGivesTheSameTokens(GenerateOptions options) {
        List<String> expected = expected(options);
        for (int copies = 1; copies <= 2; copies++) {
            for (int stagesOfCopy = 1; stagesOfCopy <= 4; stagesOfCopy++) {
                for (int groups : new int[] {0, 1, 2, 3, 100}) {
                    try (LanguageModel model = model(copies, stagesOfCopy, groups)) {
                        assertThat(complete(model, PROMPTS, options))
                                .as("%d copies, %d stages, %d groups", copies, stagesOfCopy, groups)
                                .isEqualTo(expected);
                    }
                }
            }
        }
        stages.forEach(FakeStage::requireIdle);
        stages.forEach(FakeStage::requireClosed);
        stages.forEach(FakeStage::requireOneThread);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 4", "2, 1", "2, 3", "3, 6"})
    void aFailureOfAnyStageAtAnyCallReachesTheCallerAndLeavesTheModelUsable(int copies, int groups) {
        GenerateOptions options = GenerateOptions.upTo(9);
        List<String> expected = expected(options);
        try (LanguageModel model = model(copies, 3, groups)) {
            complete(model, PROMPTS, options);
            List<Integer> calls = stages.stream().map(stage -> stage.extensions).toList();
            for (int stage = 0; stage < stages.size(); stage++) {
                for (int call = 1; call <= calls.get(stage); call += 1 + call / 2) {
                    FakeStage broken = stages.get(stage);
                    broken.failAt = broken.extensions + call;
                    assertThatThrownBy(() -> complete(model, PROMPTS, options))
                            .hasMessage("stage " + stage % 3 + " broke");
                    stages.forEach(FakeStage::requireIdle);
                    broken.failAt = Integer.MAX_VALUE;
                }
                assertThat(complete(model, PROMPTS, options)).isEqualTo(expected);
            }
        }
    }

    /** The groups are two calls of the test's own: which of two prompts comes first, a model does not promise. */
    @Test
    void aStageWorksOnOneGroupWhileTheNextWorksOnAnother() {
        CountDownLatch secondHasGroup0 = new CountDownLatch(1);
        CountDownLatch firstHasGroup1 = new CountDownLatch(1);
        FakeStage first = new FakeStage(Optional.empty()) {
            @Override
            void computing(int cache) {
                if (cache == 1) {
                    firstHasGroup1.countDown();
                }
            }
        };
        FakeStage second = new FakeStage(Optional.of(first)) {
            @Override
            void computing(int cache) {
                if (cache == 0) {
                    secondHasGroup0.countDown();
                    await(firstHasGroup1);
                }
            }
        };
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(2, "even"), 2, 1, "cpu", 1);
        HuggingFaceConfig config = Fakes.config(FakeStage.VOCABULARY, FakeStage.POSITIONS);
        Chains chains = Chains.of(List.of(List.of(first, second)), layout, config.model());
        chains.all().forEach(chain -> chain.openCache(1, 8));
        CompletableFuture<int[]> group0 =
                CompletableFuture.supplyAsync(() -> next(chains.all().get(0)));
        await(secondHasGroup0);
        int[] ofGroup1 = next(chains.all().get(1));
        assertThat(group0.join()).isEqualTo(ofGroup1);
        chains.onClose().run();
    }

    private static int[] next(CachedModel chain) {
        chain.extend(new int[] {0}, new int[] {3}, new int[] {4, 5, 6});
        return chain.argmax(new int[] {2});
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("the other stage is idle");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void listenersAreCalledOnceAtATimeAndHearTheEndOfEveryPrompt() {
        AtomicInteger inside = new AtomicInteger();
        Completion[] finished = new Completion[PROMPTS.size()];
        TokenListener listener = new TokenListener() {
            @Override
            public boolean accept(int prompt, int id) {
                assertThat(inside.incrementAndGet()).isEqualTo(1);
                inside.decrementAndGet();
                assertThat(finished[prompt]).isNull();
                return prompt != 3;
            }

            @Override
            public void finished(int prompt, Completion completion) {
                assertThat(inside.incrementAndGet()).isEqualTo(1);
                inside.decrementAndGet();
                assertThat(finished[prompt]).isNull();
                finished[prompt] = completion;
            }
        };
        for (int beams : new int[] {1, 2}) {
            Arrays.fill(finished, null);
            try (LanguageModel model = model(2, 2, 3)) {
                Completions all =
                        model.complete(PROMPTS, GenerateOptions.upTo(9).withBeams(beams, 1), listener);
                assertThat(texts(new Completions(List.of(finished), all.timing())))
                        .isEqualTo(texts(all));
            }
        }
    }

    @Test
    void whatAListenerThrowsReachesTheCaller() {
        try (LanguageModel model = model(2, 2, 3)) {
            assertThatThrownBy(() -> model.complete(PROMPTS, GenerateOptions.upTo(9), (prompt, id) -> {
                        throw new IllegalStateException("the listener's own");
                    }))
                    .hasMessage("the listener's own");
            stages.forEach(FakeStage::requireIdle);
        }
    }

    @Test
    void scoresAreThoseOfOneStage() {
        int[] ids =
                IntStream.range(0, 600).map(i -> i * i % FakeStage.VOCABULARY).toArray();
        FakeModel fake = new FakeModel(FakeStage.VOCABULARY, FakeStage.POSITIONS);
        try (LanguageModel model = model(1, 3, 2)) {
            assertThat(model.score(ids, row -> {}))
                    .isEqualTo(Fakes.languageModel(fake).score(ids, row -> {}));
        }
    }

    @Test
    void memoryOfAllStagesAndGroupsIsCountedTogether() {
        List<int[]> prompts =
                IntStream.range(0, 256).mapToObj(i -> new int[300]).toList();
        try (LanguageModel model = model(1, 2, 4)) {
            assertThatThrownBy(() -> complete(model, prompts, GenerateOptions.upTo(10)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(
                            "256 sequences of up to 310 tokens need 158.7 MB of memory but 100.0 MB are free");
        }
    }
}
