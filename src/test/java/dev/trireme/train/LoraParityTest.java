package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.checkpoint.AdapterFolder;
import dev.trireme.checkpoint.AtomicFolder;
import dev.trireme.checkpoint.DataType;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.checkpoint.SafetensorsReader;
import dev.trireme.checkpoint.StageParameters;
import dev.trireme.checkpoint.TensorEntry;
import dev.trireme.config.MicroBatch;
import dev.trireme.engine.Mode;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LanguageModel;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Trireme computes what Python's peft computes, from adapters that peft wrote. */
@ParameterizedClass
@ValueSource(strings = {"gpt2-tiny", "llama-tiny", "qwen3-tiny"})
class LoraParityTest {
    private static final GenerationLayout ALONE = GenerationLayout.single("cpu", 1);

    private final GoldenModel base;
    private final GoldenModel golden;

    LoraParityTest(String name) throws IOException {
        base = new GoldenModel(name);
        golden = new GoldenModel("lora/" + name);
    }

    @AfterEach
    void close() {
        base.close();
        golden.close();
    }

    private HuggingFaceFolder adapted() {
        return HuggingFaceFolder.open(base.folder(), Optional.of(golden.folder()));
    }

    @Test
    void logitsEqualThoseOfPeft() {
        try (HuggingFaceFolder folder = adapted();
                LanguageModel model = LanguageModel.open(folder, ALONE, Weights.FLOAT32)) {
            assertThat(logits(model)).containsExactly(golden.floats("logits"), within(2e-5f));
        }
    }

    @Test
    void lossAndGradientsEqualThoseOfPeft() {
        try (HuggingFaceFolder folder = adapted();
                LanguageModel model = LanguageModel.open(folder, ALONE, Weights.TRAINABLE)) {
            Stage stage = model.stage();
            MicroBatch batch = base.batch();
            stage.begin(1, 0, 1, batch.weightSum());
            stage.load(0, batch);
            stage.forward(0, Mode.TRAIN);
            stage.backward(0);
            assertThat(stage.loss(0) / batch.weightSum())
                    .isCloseTo(golden.numbers().get("loss").asDouble(), within(1e-6));
            int trained = 0;
            for (int i = 0; i < stage.parameters().size(); i++) {
                ParameterInfo parameter = stage.parameters().get(i);
                assertThat(stage.trains(i)).as(parameter.name()).isEqualTo(parameter.isLowRank());
                if (parameter.isLowRank()) {
                    float[] truth = golden.floats(golden.tensor("grad.base_model.model", parameter.name()));
                    assertThat(distance(stage.gradient(i), truth))
                            .as(parameter.name())
                            .isLessThanOrEqualTo(1e-4 * distance(truth, new float[truth.length]));
                    trained++;
                }
            }
            assertThat(trained).isPositive();
        }
    }

    @Test
    void anAdapterThatARequestNamesGivesTheBitsOfTheModelThatHasIt() {
        float[] own;
        try (HuggingFaceFolder folder = adapted();
                LanguageModel model = LanguageModel.open(folder, ALONE, Weights.FLOAT32)) {
            own = logits(model);
        }
        EngineConfig settings = EngineConfig.of(ALONE, Weights.FLOAT32)
                .withAdapters(Map.of("tuned", golden.folder(), "also", golden.folder()));
        try (Engine engine = Engine.open(base.folder(), settings)) {
            assertThat(engine.adapters()).containsExactly("also", "tuned");
            assertThat(logits(engine, "tuned")).containsExactly(own);
            assertThat(logits(engine, "also")).containsExactly(own);
            assertThat(logits(engine, "")).containsExactly(base.floats("logits"), within(2e-5f));
        }
    }

    @Test
    void mergedWeightsEqualThoseOfPeft(@TempDir Path folder) {
        Path out = folder.resolve("merged");
        assertThat(Merging.merge(base.folder(), golden.folder(), out).lora().rank())
                .isBetween(3, 8);
        try (SafetensorsReader merged = SafetensorsReader.open(out.resolve("model.safetensors"));
                LanguageModel model = LanguageModel.open(out, "cpu", 1, Weights.FLOAT32)) {
            int compared = 0;
            for (String name : merged.tensors().keySet()) {
                if (golden.has("merged." + name)) {
                    assertThat(floats(merged, name))
                            .as(name)
                            .containsExactly(golden.floats("merged." + name), within(1e-6f));
                    compared++;
                }
            }
            assertThat(compared).isGreaterThanOrEqualTo(8);
            assertThat(logits(model)).containsExactly(golden.floats("logits"), within(5e-5f));
        }
    }

    @Test
    void anAdapterThatIsWrittenIsTheOneThatWasRead(@TempDir Path folder) {
        Path out = folder.resolve("again");
        try (HuggingFaceFolder files = adapted();
                LanguageModel model = LanguageModel.open(files, ALONE, Weights.TRAINABLE)) {
            AtomicFolder.Content nothing = next -> {};
            AdapterFolder.save(
                    out,
                    files.config().model(),
                    new AdapterFolder.Base("base", ""),
                    StageParameters.ofUpdates(model.stages()),
                    DataType.F32,
                    nothing);
            try (AdapterFolder first = AdapterFolder.open(golden.folder(), withoutUpdates());
                    AdapterFolder again = AdapterFolder.open(out, withoutUpdates());
                    SafetensorsReader before =
                            SafetensorsReader.open(golden.folder().resolve("adapter_model.safetensors"));
                    SafetensorsReader after = SafetensorsReader.open(out.resolve("adapter_model.safetensors"))) {
                assertThat(again.lora()).isEqualTo(first.lora());
                assertThat(after.tensors().keySet()).isEqualTo(before.tensors().keySet());
                for (String name : before.tensors().keySet()) {
                    assertThat(floats(after, name)).as(name).containsExactly(floats(before, name));
                }
            }
        }
    }

    private ModelConfig withoutUpdates() {
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(base.folder())) {
            return folder.config().model();
        }
    }

    private float[] logits(LanguageModel model) {
        return logits(model.engine(), "");
    }

    /** Of both rows of the reference. */
    private float[] logits(Engine engine, String adapter) {
        MicroBatch batch = base.batch();
        List<float[]> rows = new ArrayList<>();
        for (int row = 0; row < batch.rows(); row++) {
            int[] ids = Arrays.copyOfRange(batch.ids(), row * batch.length(), (row + 1) * batch.length());
            Request request = Request.of(ids, GenerateOptions.upTo(1))
                    .withPromptOutput(Request.PromptOutput.LOGITS)
                    .withAdapter(adapter);
            engine.submit(request, new RequestListener() {
                        @Override
                        public void promptLogits(float[] logits) {
                            rows.add(logits);
                        }
                    })
                    .await();
        }
        int vocabulary = rows.get(0).length;
        float[] all = new float[rows.size() * vocabulary];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(rows.get(i), 0, all, i * vocabulary, vocabulary);
        }
        return all;
    }

    private static float[] floats(SafetensorsReader file, String name) {
        TensorEntry entry = file.tensor(name);
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(entry.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        file.read(entry, bytes);
        float[] values = new float[bytes.capacity() / Float.BYTES];
        bytes.clear().asFloatBuffer().get(values);
        return values;
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(sum);
    }
}
