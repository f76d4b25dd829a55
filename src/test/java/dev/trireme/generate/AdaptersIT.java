package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.BadInputException;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several adapters in one engine, on one stage and on copies of stages. */
@Timeout(120)
class AdaptersIT {
    private static final ModelConfig SHAPE = ModelConfig.llama(2, 4, 2, 16, 24, 50, 400);
    private static final List<String> NAMES = List.of("", "wide", "narrow");
    private static final int EACH = 6;

    @TempDir
    private static Path folder;

    private static Map<String, Path> adapters;

    @BeforeAll
    static void write() {
        adapters = Map.of(
                "wide", AdapterFolders.write(folder.resolve("wide"), SHAPE, "all", 8, 1),
                "narrow", AdapterFolders.write(folder.resolve("narrow"), SHAPE, "q,down", 3, 2));
    }

    private static Engine engine(int cut, int copies, Weights weights) {
        List<Stage> stages = new ArrayList<>();
        for (int copy = 0; copy < copies; copy++) {
            for (int stage = 0; stage < cut; stage++) {
                stages.add(Stage.open(SHAPE, stage * 2 / cut, (stage + 1) * 2 / cut, Device.CPU, weights));
                stages.get(stages.size() - 1).initialize(3);
            }
        }
        GenerationLayout layout =
                new GenerationLayout(PipelineLayout.of(cut, "even"), cut == 1 ? 1 : 2, copies, "cpu", 1);
        EngineConfig settings =
                EngineConfig.of(layout, weights).withBatch(16, 40, 20).withAdapters(adapters);
        return Engine.of(stages, new HuggingFaceConfig(SHAPE, SpecialTokens.NONE), settings, true);
    }

    /** Of each adapter some, with beginnings in common, in any order. */
    private static List<Request> requests() {
        List<Request> requests = new ArrayList<>();
        for (int number = 0; number < EACH; number++) {
            int[] prompt = new Random(number / 2).ints(70 + number, 0, 50).toArray();
            for (String name : NAMES) {
                GenerateOptions options = GenerateOptions.upTo(20)
                        .withLogProbabilities(true)
                        .withSampling(Sampling.GREEDY.withTemperature(1).withSeed(number));
                requests.add(Request.of(prompt, options).withAdapter(name));
            }
        }
        Collections.shuffle(requests, new Random(9));
        return requests;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, FLOAT32", "2, 2, FLOAT32", "1, 1, BFLOAT16"})
    void eachRequestOfAMixedBatchGetsTheBitsThatItGetsAlone(int cut, int copies, Weights weights) {
        List<Request> requests = requests();
        List<Completion> alone = new ArrayList<>();
        for (Request request : requests) {
            try (Engine engine = engine(1, 1, weights)) {
                alone.add(engine.answer(request).choices().get(0));
            }
        }
        try (Engine engine = engine(cut, copies, weights)) {
            List<Handle> handles = requests.stream()
                    .map(request -> engine.submit(request, RequestListener.NONE))
                    .toList();
            for (int i = 0; i < handles.size(); i++) {
                Completion together = handles.get(i).await().choices().get(0);
                assertThat(together.ids()).isEqualTo(alone.get(i).ids());
                assertThat(together.logProbabilities()).isEqualTo(alone.get(i).logProbabilities());
            }
            assertThat(engine.metrics().copies().stream().anyMatch(EngineMetrics.Copy::alive))
                    .isTrue();
        }
        assertThat(alone.stream().map(one -> List.of(one.logProbabilities()[0])).distinct())
                .as("adapters change what comes")
                .hasSizeGreaterThan(EACH);
    }

    @Test
    void anAdapterThatIsNotThereIsRefusedByName() {
        try (Engine engine = engine(1, 1, Weights.FLOAT32)) {
            Request request =
                    Request.of(new int[] {1, 2}, GenerateOptions.upTo(3)).withAdapter("other");
            assertThatThrownBy(() -> engine.submit(request, RequestListener.NONE))
                    .hasMessage("adapter other is not loaded; use narrow or wide");
        }
    }

    @Test
    void anAdapterOfAnotherModelIsRefusedBeforeAnythingRuns() {
        ModelConfig other = ModelConfig.llama(2, 4, 2, 32, 24, 50, 400);
        Path wrong = AdapterFolders.write(folder.resolve("wrong"), other, "v", 4, 3);
        EngineConfig settings = EngineConfig.of(GenerationLayout.single("cpu", 1), Weights.FLOAT32)
                .withAdapters(Map.of("wrong", wrong));
        try (Stage stage = Stage.open(SHAPE, 0, 2, Device.CPU, Weights.FLOAT32)) {
            HuggingFaceConfig config = new HuggingFaceConfig(SHAPE, SpecialTokens.NONE);
            assertThatThrownBy(() -> Engine.of(List.of(stage), config, settings, false))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("adapter_model.safetensors: tensor base_model.model.model.layers.")
                    .hasMessageEndingWith("; use an adapter that was trained on this model");
        }
    }
}
