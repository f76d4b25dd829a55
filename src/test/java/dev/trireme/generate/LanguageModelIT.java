package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Generation on the native core: what {@link FakeModel} promises must hold there, bit for bit. */
class LanguageModelIT {
    private static final int VOCABULARY = 50;
    private static final List<int[]> PROMPTS = Fakes.prompts(12, 30, VOCABULARY);

    static Stream<ModelConfig> shapes() {
        return Stream.of(
                ModelConfig.gpt2(2, 2, 16, VOCABULARY, 400), ModelConfig.llama(2, 4, 2, 16, 40, VOCABULARY, 400));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void neitherNeighboursNorTheCacheChangeATokenOrItsProbability(ModelConfig shape) {
        Sampling warm = Sampling.GREEDY.withTemperature(1).withTopK(20).withSeed(3);
        GenerateOptions options = GenerateOptions.upTo(15).withLogProbabilities(true);
        try (LanguageModel model = open(shape, Weights.TRAINABLE)) {
            for (GenerateOptions each : List.of(options, options.withSampling(warm), options.withBeams(3, 1))) {
                List<Completion> together =
                        model.complete(PROMPTS, each, TokenListener.NONE).all();
                List<Completion> without = model.complete(PROMPTS, each.withKeyValueCache(false), TokenListener.NONE)
                        .all();
                for (int i = 0; i < PROMPTS.size(); i++) {
                    Completion alone = model.complete(List.of(PROMPTS.get(i)), each, TokenListener.NONE)
                            .all()
                            .get(0);
                    for (Completion other : List.of(together.get(i), without.get(i))) {
                        assertThat(other.ids()).isEqualTo(alone.ids());
                        assertThat(other.logProbabilities()).isEqualTo(alone.logProbabilities());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void scoresOfATextAreTheProbabilitiesOfItsTokens(ModelConfig shape) {
        try (LanguageModel model = open(shape, Weights.TRAINABLE)) {
            int[] prompt = new int[300]; // more than a chunk
            GenerateOptions options = GenerateOptions.upTo(10).withLogProbabilities(true);
            Completion completion = model.complete(List.of(prompt), options, TokenListener.NONE)
                    .all()
                    .get(0);
            int[] text = Arrays.copyOf(prompt, 310);
            System.arraycopy(completion.ids(), 0, text, 300, 10);
            assertThat(Arrays.copyOfRange(model.score(text, row -> {}), 299, 309))
                    .isEqualTo(completion.logProbabilities());
        }
    }

    /** Stages, groups of prompts, copies. */
    @ParameterizedTest(name = "{0} stages, {1} micro-batches, {2} copies")
    @CsvSource({"1, 1, 1", "2, 1, 1", "2, 2, 1", "2, 4, 1", "1, 1, 2", "2, 2, 2", "1, 3, 1"})
    void everyLayoutGivesTheSameTokens(int stages, int microBatches, int copies) {
        GenerationLayout layout =
                new GenerationLayout(PipelineLayout.of(stages, "even"), microBatches, copies, "cpu", 1);
        for (String name : List.of("gpt2-tiny", "llama-tied", "llama-tiny")) {
            assertTokensOfOneStage(name, layout);
        }
    }

    /** Parts of one layer are loaded onto two stages. */
    @ParameterizedTest(name = "{0}, split {1}")
    @CsvSource({"gpt2-tiny, '1.5,0.5'", "llama-tied, '0.5,0.5,0.5,0.5'", "llama-tiny, '0,1.5,1.5'"})
    void aLayerOnTwoStagesGivesTheSameTokens(String name, String split) {
        assertTokensOfOneStage(
                name, new GenerationLayout(PipelineLayout.of(split.split(",", -1).length, split), 0, 1, "cpu", 1));
    }

    private static void assertTokensOfOneStage(String name, GenerationLayout layout) {
        Sampling warm = Sampling.GREEDY.withTemperature(1).withTopP(0.9).withSeed(5);
        GenerateOptions options = GenerateOptions.upTo(12);
        List<GenerateOptions> ways = List.of(
                options,
                options.withLogProbabilities(true).withSampling(warm),
                options.withKeyValueCache(false),
                options.withBeams(3, 1));
        try (LanguageModel single = LanguageModel.open(golden(name), "cpu", 1, Weights.FLOAT32);
                LanguageModel spread = LanguageModel.open(golden(name), layout, Weights.FLOAT32)) {
            assertThat(spread.stages()).hasSize(layout.pipeline().stages());
            for (GenerateOptions each : ways) {
                List<Completion> expected =
                        single.complete(PROMPTS, each, TokenListener.NONE).all();
                List<Completion> all =
                        spread.complete(PROMPTS, each, TokenListener.NONE).all();
                for (int i = 0; i < PROMPTS.size(); i++) {
                    assertThat(all.get(i).ids())
                            .as(name)
                            .isEqualTo(expected.get(i).ids());
                    assertThat(all.get(i).logProbabilities())
                            .isEqualTo(expected.get(i).logProbabilities());
                }
            }
            assertThat(spread.score(PROMPTS.get(0), row -> {})).isEqualTo(single.score(PROMPTS.get(0), row -> {}));
        }
    }

    /** Two stages on each of two devices; the ends hold embedding and head alone. */
    @Test
    void severalStagesOnADeviceGiveTheSameTokens() {
        PipelineLayout interleaved = new PipelineLayout(2, "0,1,1,0", "interleaved", 2, ActivationCheckpointing.NEVER);
        GenerationLayout layout = new GenerationLayout(interleaved, 0, 1, "cpu", 1);
        try (LanguageModel single = LanguageModel.open(golden("gpt2-tiny"), "cpu", 1, Weights.FLOAT32);
                LanguageModel spread = LanguageModel.open(golden("gpt2-tiny"), layout, Weights.FLOAT32)) {
            assertThat(spread.stages()).hasSize(4);
            assertThat(ids(spread)).isDeepEqualTo(ids(single));
        }
    }

    @Test
    void aBalancedSplitGivesTheSameTokens() {
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(2, "balanced"), 0, 1, "cpu", 1);
        try (LanguageModel single = LanguageModel.open(golden("llama-tiny"), "cpu", 1, Weights.BFLOAT16);
                LanguageModel spread = LanguageModel.open(golden("llama-tiny"), layout, Weights.BFLOAT16)) {
            assertThat(ids(spread)).isDeepEqualTo(ids(single));
        }
    }

    @Test
    void aFailingStageIsNamedAndNothingHangs() {
        ModelConfig shape = ModelConfig.gpt2(2, 2, 16, VOCABULARY, 400);
        List<Stage> stages = List.of(
                Stage.open(shape, 0, 1, Device.CPU, Weights.TRAINABLE),
                Stage.open(shape, 1, 2, Device.CPU, Weights.TRAINABLE));
        stages.forEach(stage -> stage.initialize(7));
        try (LanguageModel model = LanguageModel.of(stages, new HuggingFaceConfig(shape, SpecialTokens.NONE))) {
            assertThatThrownBy(() -> model.complete(PROMPTS.subList(0, 1), GenerateOptions.upTo(5), (prompt, id) -> {
                        stages.get(1).close(); // as if its device were gone
                        return true;
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("stage of layers [1, 2) on cpu is closed");
            assertThatThrownBy(() -> ids(model)).hasMessageContaining("has no working copy left");
        }
    }

    private static int[][] ids(LanguageModel model) {
        return model.complete(PROMPTS, GenerateOptions.upTo(5), TokenListener.NONE).all().stream()
                .map(Completion::ids)
                .toArray(int[][]::new);
    }

    private static Path golden(String name) {
        try {
            return Path.of(Objects.requireNonNull(LanguageModelIT.class.getResource("/golden/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void beamsOfGpt2EqualThoseOfTransformers() {
        Path folder = golden("gpt2-tiny");
        try (LanguageModel model = LanguageModel.open(folder, "cpu", 1, Weights.FLOAT32)) {
            for (JsonNode golden : Fakes.golden("gpt2_tiny")) {
                int[] ends = Fakes.ints(golden.get("ends"));
                SpecialTokens special = new SpecialTokens(
                        SpecialTokens.ABSENT, Arrays.stream(ends).boxed().toList(), SpecialTokens.ABSENT);
                HuggingFaceConfig config = new HuggingFaceConfig(model.config().model(), special);
                GenerateOptions options = GenerateOptions.upTo(golden.get("new").asInt())
                        .withBeams(
                                golden.get("beams").asInt(),
                                golden.get("length_penalty").asDouble());
                Completion completion;
                try (LanguageModel borrowing = LanguageModel.borrow(model.stages(), config)) {
                    completion = borrowing
                            .complete(List.of(Fakes.ints(golden.get("prompt"))), options, TokenListener.NONE)
                            .all()
                            .get(0);
                }
                int[] expected = Arrays.stream(Fakes.ints(golden.get("tokens")))
                        .filter(id -> !special.ends().contains(id))
                        .toArray();
                assertThat(completion.ids()).as(golden.toString()).isEqualTo(expected);
            }
        }
    }

    @Test
    void refusesWeightsThatDoNotFit() {
        ModelConfig shape = ModelConfig.gpt2(12, 12, 768, 50_257, 1024);
        GenerationLayout single = GenerationLayout.single("cpu", 1);
        assertThatThrownBy(
                        () -> LoadedStages.requireMemory(shape, single, Weights.FLOAT32, OptionalLong.of(400_000_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the model's 124439808 weights need 497.8 MB of memory but 400.0 MB are free; use bfloat16 or"
                                + " a machine with more");
        LoadedStages.requireMemory(shape, single, Weights.BFLOAT16, OptionalLong.of(400_000_000));
        LoadedStages.requireMemory(shape, single, Weights.FLOAT32, OptionalLong.empty());
    }

    private static LanguageModel open(ModelConfig shape, Weights weights) {
        Stage stage = Stage.open(shape, 0, shape.layers(), Device.CPU, weights);
        stage.initialize(7);
        return LanguageModel.of(stage, new HuggingFaceConfig(shape, SpecialTokens.NONE));
    }
}
