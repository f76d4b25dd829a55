package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.Device;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One model and many threads, on one device and in flight over two copies of two stages. */
@Timeout(120)
class SharedModelIT {
    private static final int VOCABULARY = 50;
    private static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, 16, VOCABULARY, 400);
    private static final List<int[]> PROMPTS = Fakes.prompts(8, 10, VOCABULARY);
    private static final GenerateOptions LONG = GenerateOptions.upTo(380);

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void eachThreadGetsWhatItGetsAlone(int cut) {
        try (LanguageModel model = open(cut, Weights.FLOAT32)) {
            List<List<int[]>> alone =
                    PROMPTS.stream().map(prompt -> ids(model, prompt)).toList();
            List<CompletableFuture<List<int[]>>> together = PROMPTS.stream()
                    .map(prompt -> CompletableFuture.supplyAsync(() -> ids(model, prompt)))
                    .toList();
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertThat(together.get(i).join().get(0)).isEqualTo(alone.get(i).get(0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void closingEndsTheRequestUnderWayWithinAStep(int cut) throws InterruptedException {
        LanguageModel model = open(cut, Weights.FLOAT32);
        CountDownLatch begun = new CountDownLatch(PROMPTS.size());
        AtomicInteger tokens = new AtomicInteger();
        CompletableFuture<Completions> request =
                CompletableFuture.supplyAsync(() -> model.complete(PROMPTS, LONG, (prompt, id) -> {
                    begun.countDown();
                    tokens.incrementAndGet();
                    return true;
                }));
        begun.await();
        model.close();
        int atClose = tokens.get();
        assertThatThrownBy(request::join)
                .hasCauseExactlyInstanceOf(IllegalStateException.class)
                .hasMessageContaining("language model of 2 layers of width 16 was closed during generation");
        assertThat(tokens).hasValue(atClose).hasValueLessThan(PROMPTS.size() * 380);
        model.close();
        assertThatThrownBy(() -> model.score(new int[] {1}, logits -> {}))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed; open a new one to score");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void anInterruptEndsTheRequestWithinAStepAndTheModelGoesOn(int cut) {
        try (LanguageModel model = open(cut, Weights.FLOAT32)) {
            Thread caller = Thread.currentThread();
            List<int[]> before = ids(model, PROMPTS.get(0));
            AtomicInteger tokens = new AtomicInteger();
            assertThatThrownBy(() -> model.complete(PROMPTS, LONG, (prompt, id) -> {
                        if (tokens.incrementAndGet() == 20) {
                            caller.interrupt();
                        }
                        return true;
                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("interrupted")
                    .hasMessageContaining("can be used again");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(tokens).hasValueLessThan(PROMPTS.size() * 380);
            assertThat(ids(model, PROMPTS.get(0)).get(0)).isEqualTo(before.get(0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aCallbackThatAsksItsOwnModelIsRefused(int cut) {
        try (LanguageModel model = open(cut, Weights.FLOAT32)) {
            assertThatThrownBy(() -> model.complete(
                            PROMPTS,
                            LONG,
                            (prompt, id) -> ids(model, PROMPTS.get(0)).isEmpty()))
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("language model of 2 layers of width 16 cannot generate")
                    .hasMessageContaining("a callback of its own");
            assertThat(ids(model, PROMPTS.get(0)).get(0)).isNotEmpty();
        }
    }

    @Test
    void twoModelsGenerateAtTheSameTime() throws InterruptedException {
        try (LanguageModel one = open(1, Weights.FLOAT32);
                LanguageModel other = open(1, Weights.FLOAT32)) {
            CountDownLatch both = new CountDownLatch(2); // neither can go on unless the other has begun
            TokenListener listener = (prompt, id) -> {
                both.countDown();
                try {
                    both.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return true;
            };
            List<CompletableFuture<Completions>> requests = List.of(one, other).stream()
                    .map(model -> {
                        CompletableFuture<Completions> result = new CompletableFuture<>();
                        new Thread(() -> result.complete(
                                        model.complete(PROMPTS.subList(0, 1), GenerateOptions.upTo(3), listener)))
                                .start();
                        return result;
                    })
                    .toList();
            requests.forEach(request -> assertThat(request.join().all()).hasSize(1));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void brokenWeightsFailHoweverTokensAreChosen(float broken) {
        GenerateOptions greedy = GenerateOptions.upTo(3);
        Sampling warm = Sampling.GREEDY.withTemperature(1);
        try (LanguageModel model = open(1, Weights.TRAINABLE)) {
            breakWeights(model.stage(), broken);
            for (GenerateOptions options : List.of(
                    greedy,
                    greedy.withSampling(Sampling.GREEDY.withRepetitionPenalty(1.1)),
                    greedy.withLogProbabilities(true),
                    greedy.withSampling(warm),
                    greedy.withSampling(warm.withTopK(5)),
                    greedy.withBeams(2, 1))) {
                notFinite(() -> model.complete(PROMPTS, options, TokenListener.NONE));
            }
            notFinite(() -> model.score(new int[] {1, 2, 3}, logits -> {}));
        }
    }

    private static void notFinite(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.NOT_FINITE));
    }

    private static void breakWeights(Stage stage, float broken) {
        int index = IntStream.range(0, stage.parameters().size())
                .filter(i -> stage.parameters().get(i).name().equals("ln_f.bias"))
                .findFirst()
                .orElseThrow();
        ByteBuffer values = ByteBuffer.allocateDirect(4 * SHAPE.hidden()).order(ByteOrder.LITTLE_ENDIAN);
        values.putFloat(0, broken);
        stage.write(index, 0, values);
    }

    private static List<int[]> ids(LanguageModel model, int[] prompt) {
        return model.complete(List.of(prompt), GenerateOptions.upTo(8), TokenListener.NONE).all().stream()
                .map(Completion::ids)
                .toList();
    }

    /** @param cut copies, and stages of each */
    private static LanguageModel open(int cut, Weights weights) {
        List<Stage> stages = IntStream.range(0, cut * cut)
                .mapToObj(i -> Stage.open(SHAPE, i % cut * 2 / cut, (i % cut + 1) * 2 / cut, Device.CPU, weights))
                .toList();
        stages.forEach(stage -> stage.initialize(7));
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(cut, "even"), cut, cut, "cpu", 1);
        return LanguageModel.of(stages, layout, new HuggingFaceConfig(SHAPE, SpecialTokens.NONE));
    }
}
