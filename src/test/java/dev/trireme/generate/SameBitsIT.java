package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.batching.BatchCounts;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.Architecture;
import dev.trireme.model.AttentionConfig;
import dev.trireme.model.AttentionConfig.Window;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.InitialWeights;
import dev.trireme.model.ModelConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each of many requests of all kinds, whatever runs beside it and however, gets the answer that it gets alone. */
@Timeout(300)
class SameBitsIT {
    private static final int VOCABULARY = 90;
    private static final int POSITIONS = 1700;
    private static final int REQUESTS = 260;
    private static final int ENOUGH = 50;
    private static final int BLOCKS = 55; // little more than the longest text takes
    private static final SpecialTokens SPECIAL =
            new SpecialTokens(SpecialTokens.ABSENT, List.of(7), SpecialTokens.ABSENT);

    private static final Map<Integer, Double> END_LATE = Map.of(7, -2.5);

    /**
     * How requests are run together.
     *
     * @param copies of the model
     * @param stages of each copy
     * @param chunk most tokens of a prompt in an iteration
     * @param threads of every operator
     */
    private record Way(int copies, int stages, int chunk, int threads) {}

    private static final List<Way> WAYS =
            List.of(new Way(1, 1, 16, 2), new Way(2, 1, 64, 1), new Way(1, 2, 512, 1), new Way(2, 2, 128, 2));

    /**
     * A model and the types of its weights and cache.
     *
     * @param shape of the model
     * @param weights their type
     * @param cache type of keys and values
     */
    private record Model(ModelConfig shape, Weights weights, CacheType cache) {
        Engine open(Way way, int blocks, boolean sharing) {
            NativeLibrary.setThreads(way.threads);
            List<Stage> stages = new ArrayList<>();
            for (int copy = 0; copy < way.copies; copy++) {
                for (int stage = 0; stage < way.stages; stage++) {
                    int layers = shape.layers() / way.stages;
                    stages.add(Stage.open(shape, stage * layers, (stage + 1) * layers, Device.CPU, weights));
                }
            }
            stages.forEach(stage -> stage.initialize(11));
            long bytes = blocks
                    * stages.subList(0, way.stages).stream()
                            .mapToLong(stage -> stage.blockBytes(cache))
                            .sum();
            GenerationLayout layout =
                    new GenerationLayout(PipelineLayout.of(way.stages, "even"), 0, way.copies, "cpu", way.threads);
            EngineConfig settings = EngineConfig.of(layout, weights)
                    .withCache(cache, bytes)
                    .withBatch(48, 48 + way.chunk, way.chunk)
                    .withSharing(sharing);
            return Engine.of(stages, new HuggingFaceConfig(shape, SPECIAL), settings, true);
        }
    }

    static Stream<Model> models() {
        ModelConfig gpt2 = lively(ModelConfig.gpt2(2, 2, 16, VOCABULARY, POSITIONS), Window.NONE);
        ModelConfig llama = ModelConfig.llama(2, 4, 2, 16, 40, VOCABULARY, POSITIONS);
        return Stream.of(
                new Model(gpt2, Weights.FLOAT32, CacheType.FLOAT32),
                new Model(lively(llama, Window.NONE), Weights.BFLOAT16, CacheType.BFLOAT16),
                new Model(lively(llama, new Window(100, 0)), Weights.FLOAT32, CacheType.FLOAT32));
    }

    /** With weights so large that texts differ. */
    private static ModelConfig lively(ModelConfig shape, Window window) {
        Architecture parts = shape.architecture();
        AttentionConfig attention = parts.attention();
        return new ModelConfig(
                shape.sizes(),
                new Architecture(
                        parts.norm(),
                        parts.rotary(),
                        new AttentionConfig(attention.heads(), attention.biases(), attention.headNorms(), window),
                        parts.mlp(),
                        parts.tied()),
                shape.dropout(),
                new InitialWeights(0.3, false),
                shape.format());
    }

    @AfterEach
    void forgetThreads() {
        NativeLibrary.setThreads(Runtime.getRuntime().availableProcessors());
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyRequestGetsTheBitsThatItGetsAlone(Model model) throws InterruptedException {
        List<Request> requests = requests(new Random(5));
        List<String> alone = new ArrayList<>();
        try (Engine engine = model.open(new Way(1, 1, 256, 1), 1000, false)) {
            requests.forEach(request -> alone.add(text(engine.answer(request))));
        }
        assertThat(alone.stream().distinct()).hasSizeGreaterThan(REQUESTS / 2); // or nothing is compared
        for (Way way : WAYS) {
            try (Engine engine = model.open(way, BLOCKS, true)) {
                List<String> together = together(engine, requests, new Random(way.chunk));
                for (int i = 0; i < REQUESTS; i++) {
                    assertThat(together.get(i))
                            .as("request %d, %s, %s", i, requests.get(i).options(), way)
                            .isEqualTo(alone.get(i));
                }
                EngineMetrics metrics = engine.metrics();
                assertThat(sum(metrics, BatchCounts::sharingJobs))
                        .as("shared, %s", way)
                        .isGreaterThanOrEqualTo(ENOUGH);
                assertThat(sum(metrics, BatchCounts::preemptions))
                        .as("preempted, %s", way)
                        .isGreaterThanOrEqualTo(ENOUGH);
                assertThat(sum(metrics, BatchCounts::chunks))
                        .as("chunks, %s", way)
                        .isGreaterThanOrEqualTo(ENOUGH);
                assertThat(metrics.blocksInUse()).isZero();
                assertThat(metrics.requests()).isZero();
            }
        }
    }

    private static long sum(EngineMetrics metrics, ToLongFunction<BatchCounts> count) {
        return metrics.copies().stream()
                .mapToLong(copy -> count.applyAsLong(copy.counts()))
                .sum();
    }

    /** They arrive in bursts, and a third of them twice, of which one is cancelled: its blocks, also half-filled ones, are given up. */
    private static List<String> together(Engine engine, List<Request> requests, Random random)
            throws InterruptedException {
        List<Handle> handles = new ArrayList<>();
        List<Handle> unwanted = new ArrayList<>();
        for (Request request : requests) {
            if (random.nextInt(3) == 0) {
                unwanted.add(engine.submit(request, RequestListener.NONE));
            }
            handles.add(engine.submit(request, RequestListener.NONE));
            if (random.nextInt(5) == 0) {
                Thread.sleep(random.nextInt(4));
                unwanted.forEach(Handle::cancel);
            }
        }
        unwanted.forEach(Handle::cancel);
        return handles.stream().map(handle -> text(handle.await())).toList();
    }

    private static String text(Answer answer) {
        StringBuilder text =
                new StringBuilder(Arrays.toString(answer.promptLogProbabilities())).append(answer.promptBest());
        for (Completion choice : answer.choices()) {
            text.append(Arrays.toString(choice.ids()))
                    .append(Arrays.toString(choice.logProbabilities()))
                    .append(choice.best())
                    .append(choice.stop());
        }
        return text.toString();
    }

    private static List<Request> requests(Random random) {
        List<int[]> beginnings = IntStream.range(0, 6)
                .mapToObj(i -> random.ints(900, 0, VOCABULARY).toArray())
                .toList();
        return IntStream.range(0, REQUESTS)
                .mapToObj(i -> request(random, beginnings.get(random.nextInt(6))))
                .toList();
    }

    private static Request request(Random random, int[] beginning) {
        int width = random.nextInt(5) == 0 ? 2 + random.nextInt(2) : 1;
        int most = width > 1 ? 300 : random.nextInt(6) == 0 ? 1500 : 400;
        int[] prompt = random.ints(1 + random.nextInt(most), 0, VOCABULARY).toArray();
        int common = random.nextInt(3) == 0 ? 0 : random.nextInt(Math.min(prompt.length, beginning.length) + 1);
        System.arraycopy(beginning, 0, prompt, 0, common);
        int newTokens = 1 + random.nextInt(200);
        GenerateOptions options = GenerateOptions.upTo(newTokens).withLogProbabilities(true);
        if (width > 1 && random.nextBoolean()) {
            return Request.of(prompt, options.withBeams(width, 1));
        }
        Request request = Request.of(
                prompt,
                options.withSampling(sampling(random)).withChoices(width).withBest(random.nextInt(4) == 0 ? 3 : 0));
        if (random.nextInt(10) == 0) {
            Request scored = request.withPromptOutput(Request.PromptOutput.LOG_PROBABILITIES);
            return random.nextInt(4) == 0 ? scored.withoutContinuation() : scored;
        }
        return request;
    }

    private static Sampling sampling(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> Sampling.GREEDY;
            case 1 ->
                Sampling.GREEDY
                        .withTemperature(0.9)
                        .withTopP(0.9)
                        .withBiases(END_LATE)
                        .withSeed(random.nextLong());
            case 2 ->
                Sampling.GREEDY
                        .withTemperature(1.2)
                        .withTopK(20)
                        .withMinP(0.01)
                        .withRepetitionPenalty(1.1)
                        .withBiases(END_LATE)
                        .withSeed(random.nextLong());
            default ->
                Sampling.GREEDY
                        .withTemperature(1)
                        .withPenalties(0.3, 0.1)
                        .withBiases(Map.of(3, 1.5, 7, -2.5))
                        .withSeed(random.nextLong());
        };
    }

    @Test
    void equalRequestsDecodeTogether() {
        Model model = models().findFirst().orElseThrow();
        int[] prompt = new Random(3).ints(40, 8, VOCABULARY).toArray();
        try (Engine engine = model.open(new Way(1, 1, 256, 1), 1000, true)) {
            GenerateOptions options = GenerateOptions.upTo(100)
                    .withSampling(Sampling.GREEDY.withBiases(Map.of(7, -1e6))); // no text ends before
            List<Handle> handles = IntStream.range(0, 16)
                    .mapToObj(i -> engine.start(Request.of(prompt, options), RequestListener.NONE))
                    .toList();
            engine.wake();
            assertThat(handles.stream().map(handle -> text(handle.await())).distinct())
                    .hasSize(1);
            BatchCounts counts = engine.metrics().copies().get(0).counts();
            assertThat((double) counts.decodedRows() / counts.iterations()).isGreaterThan(14);
        }
    }
}
