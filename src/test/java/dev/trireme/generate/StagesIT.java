package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Groups of prompts on stages and copies, as {@link FakeModel} watches over them. */
@Timeout(60)
class StagesIT {
    private static final int VOCABULARY = 23;
    private static final int POSITIONS = 600;
    private static final List<int[]> PROMPTS = Fakes.prompts(70, 12, VOCABULARY);
    private static final Integer[] ENDS = {5, 11};

    private final List<FakeModel> fakes = new ArrayList<>();

    private LanguageModel model(int copies, int stagesOfCopy, int groups) {
        fakes.clear();
        for (int copy = 0; copy < copies; copy++) {
            fakes.add(new FakeModel(VOCABULARY, POSITIONS, stagesOfCopy));
        }
        return model(fakes, groups, ENDS);
    }

    private static LanguageModel model(List<FakeModel> copies, int groups, Integer... ends) {
        GenerationLayout layout = new GenerationLayout(
                PipelineLayout.of(copies.get(0).stages(), "even"), groups, copies.size(), "cpu", 1);
        return new LanguageModel(new Engine(
                List.copyOf(copies),
                Fakes.config(VOCABULARY, POSITIONS, ends),
                EngineConfig.of(layout, Weights.FLOAT32),
                List.of()));
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
        FakeModel fake = new FakeModel(VOCABULARY, POSITIONS);
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
                        assertThat(model.engine().metrics().blocksInUse()).isZero();
                    }
                    assertThat(fakes).allMatch(fake -> fake.closed.get() == 1 && fake.freed);
                    fakes.forEach(FakeModel::requireOneThreadEach);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "4"})
    void aFailureOfAnyStageAtAnyCallReachesTheCallerAndLeavesTheModelUsable(int groups) {
        GenerateOptions options = GenerateOptions.upTo(9);
        List<String> expected = expected(options);
        try (LanguageModel model = model(1, 3, groups)) {
            FakeModel fake = fakes.get(0);
            complete(model, PROMPTS, options);
            int calls = fake.extensions(0);
            for (int stage = 0; stage < 3; stage++) {
                for (int call = 1;
                        call <= calls / 2;
                        call += 1 + call / 2) { // how many there are depends on who is first
                    fake.failAt(stage, fake.extensions(stage) + call);
                    assertThatThrownBy(() -> complete(model, PROMPTS, options))
                            .hasMessageStartingWith("stage " + stage);
                    fake.failAt(stage, Integer.MAX_VALUE);
                }
                assertThat(complete(model, PROMPTS, options)).isEqualTo(expected);
            }
            assertThat(model.engine().metrics().blocksInUse()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.trireme.generate.CompletionTest#ways")
    void requestsOfACopyThatFailsGoOnOnAnotherToTheSameTokens(GenerateOptions options) {
        List<String> expected = expected(options);
        for (int call = 1; call < 12; call += 3) {
            try (LanguageModel model = model(2, 2, 2)) {
                fakes.get(call % 2).failAt(call % 3 % 2, call);
                List<Integer> told = new ArrayList<>();
                Completions all = model.complete(PROMPTS, options, (prompt, id) -> told.add(id));
                assertThat(texts(all)).as("call %d", call).isEqualTo(expected);
                assertThat(told)
                        .hasSize(all.all().stream()
                                .mapToInt(each -> each.ids().length)
                                .sum());
                assertThat(model.engine().metrics().copies().stream().filter(EngineMetrics.Copy::alive))
                        .hasSize(1);
            }
        }
    }

    @Test
    void whenTheLastCopyCannotBeginAnewEveryRequestIsRefused() {
        FakeModel fake = new FakeModel(VOCABULARY, POSITIONS) {
            @Override
            public void openCache(int blocks) {
                if (opened.get() == 1) {
                    throw new IllegalStateException("no memory");
                }
                super.openCache(blocks);
            }
        };
        try (LanguageModel model = Fakes.languageModel(fake)) {
            fake.failAt(0, 2);
            assertThatThrownBy(() -> complete(model, PROMPTS, GenerateOptions.upTo(9)))
                    .hasMessage("stage 0 broke");
            assertThatThrownBy(() -> complete(model, PROMPTS, GenerateOptions.upTo(9)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("language model of 1 layers of width 4 has no working copy left; open a new one")
                    .hasRootCauseMessage("no memory");
        }
    }

    @Test
    void aStageWorksOnOneGroupWhileTheNextWorksOnAnother() {
        CountDownLatch bothWork = new CountDownLatch(2);
        FakeModel fake = new FakeModel(VOCABULARY, POSITIONS, 2) {
            @Override
            void computing(int stage, int pass) {
                if (stage == 0 && extensions(0) > 2) { // the first had both prompts
                    bothWork.countDown();
                }
                if (stage == 1 && extensions(1) == 2) {
                    bothWork.countDown();
                    await(bothWork);
                }
            }
        };
        try (LanguageModel model = model(List.of(fake), 2)) {
            assertThat(complete(model, PROMPTS.subList(0, 2), GenerateOptions.upTo(9)))
                    .hasSize(2);
        }
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
            assertThat(complete(model, PROMPTS, GenerateOptions.upTo(9))).hasSize(70);
        }
    }

    @Test
    void scoresAreThoseOfOneStage() {
        int[] ids = IntStream.range(0, 600).map(i -> i * i % VOCABULARY).toArray();
        FakeModel fake = new FakeModel(VOCABULARY, POSITIONS);
        try (LanguageModel model = model(1, 3, 2)) {
            assertThat(model.score(ids, row -> {}))
                    .isEqualTo(Fakes.languageModel(fake).score(ids, row -> {}));
        }
    }
}
