package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.PipelineLayout;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hidden states of prompts, and the vectors that are made of them. */
@Timeout(120)
class EmbeddingsIT {
    private static final int HIDDEN = 16;
    private static final int VOCABULARY = 90;
    private static final ModelConfig SHAPE = ModelConfig.gpt2(2, 2, HIDDEN, VOCABULARY, 300);

    private static Engine engine(int copies, int stages) {
        GenerationLayout layout = new GenerationLayout(PipelineLayout.of(stages, "even"), 0, copies, "cpu", 1);
        List<Stage> all = new ArrayList<>();
        for (int i = 0; i < copies * stages; i++) {
            int first = i % stages * 2 / stages;
            Stage stage = Stage.open(SHAPE, first, first + 2 / stages, Device.CPU, Weights.TRAINABLE);
            stage.initialize(7);
            all.add(stage);
        }
        return Engine.of(
                all, new HuggingFaceConfig(SHAPE, SpecialTokens.NONE), EngineConfig.of(layout, Weights.FLOAT32), true);
    }

    private static int[] text(int length, long seed) {
        return new Random(seed).ints(length, 0, VOCABULARY).toArray();
    }

    /** GPT-2's head is its embedding, so a hidden state times the embedding is a row of logits. */
    @Test
    void hiddenStatesAreWhatLogitsAreComputedFrom() {
        int[] ids = text(75, 1);
        List<float[]> logits = new ArrayList<>();
        List<float[]> states = new ArrayList<>();
        float[] embedding;
        try (Engine engine = engine(1, 1)) {
            embedding = read(engine.stages().get(0), "wte.weight");
            Request request = Request.of(ids, GenerateOptions.upTo(1)).withoutContinuation();
            ask(engine, request.withPromptOutput(Request.PromptOutput.LOGITS), logits, states);
            ask(engine, request.withPromptOutput(Request.PromptOutput.HIDDEN_STATES), logits, states);
        }
        assertThat(logits).hasSize(75);
        assertThat(states).hasSize(75);
        for (int t = 0; t < 75; t++) {
            for (int id = 0; id < VOCABULARY; id++) {
                double sum = 0;
                for (int i = 0; i < HIDDEN; i++) {
                    sum += (double) states.get(t)[i] * embedding[id * HIDDEN + i];
                }
                assertThat((double) logits.get(t)[id]).isCloseTo(sum, within(1e-5));
            }
        }
    }

    private static void ask(Engine engine, Request request, List<float[]> logits, List<float[]> states) {
        engine.submit(request, new RequestListener() {
                    @Override
                    public void promptLogits(float[] row) {
                        logits.add(row);
                    }

                    @Override
                    public void promptHidden(float[] row) {
                        states.add(row);
                    }
                })
                .await();
    }

    private static float[] read(Stage stage, String name) {
        List<ParameterInfo> parameters = stage.parameters();
        int index = IntStream.range(0, parameters.size())
                .filter(i -> parameters.get(i).name().endsWith(name))
                .findFirst()
                .orElseThrow();
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(VOCABULARY * HIDDEN * Float.BYTES).order(ByteOrder.nativeOrder());
        stage.read(index, bytes);
        FloatBuffer floats = bytes.asFloatBuffer();
        float[] values = new float[VOCABULARY * HIDDEN];
        floats.get(values);
        return values;
    }

    @Test
    void vectorsHaveTheSameBitsOnEveryLayoutAndBesideOthers() {
        List<int[]> texts =
                IntStream.range(0, 30).mapToObj(i -> text(1 + 9 * i, i)).toList();
        Embeddings mean = new Embeddings(Embeddings.Pooling.MEAN, false);
        List<float[]> alone = new ArrayList<>();
        try (Engine engine = engine(1, 1)) {
            texts.forEach(text -> alone.add(mean.of(engine, List.of(text)).get(0)));
        }
        for (int[] layout : new int[][] {{1, 1}, {2, 1}, {1, 2}, {2, 2}}) {
            try (Engine engine = engine(layout[0], layout[1])) {
                Handle busy = engine.submit(Request.of(text(20, 99), GenerateOptions.upTo(200)), RequestListener.NONE);
                assertThat(mean.of(engine, texts))
                        .usingElementComparator(EmbeddingsIT::compareBits)
                        .isEqualTo(alone);
                busy.cancel();
            }
        }
    }

    private static int compareBits(float[] a, float[] b) {
        return java.util.Arrays.compare(a, b);
    }

    @Test
    void theMeanTheLastAndTheLengthOfVectors() {
        int[] ids = text(40, 3);
        List<float[]> states = new ArrayList<>();
        try (Engine engine = engine(1, 1)) {
            ask(
                    engine,
                    Request.of(ids, GenerateOptions.upTo(1))
                            .withoutContinuation()
                            .withPromptOutput(Request.PromptOutput.HIDDEN_STATES),
                    new ArrayList<>(),
                    states);
            float[] last = new Embeddings(Embeddings.Pooling.LAST, false)
                    .of(engine, List.of(ids))
                    .get(0);
            assertThat(last).isEqualTo(states.get(39));
            float[] mean = new Embeddings(Embeddings.Pooling.MEAN, false)
                    .of(engine, List.of(ids))
                    .get(0);
            assertThat((double) mean[5])
                    .isCloseTo(
                            states.stream().mapToDouble(row -> row[5]).average().orElseThrow(), within(1e-7));
            float[] unit = new Embeddings(Embeddings.Pooling.MEAN, true)
                    .of(engine, List.of(ids))
                    .get(0);
            double squares = 0;
            for (float value : unit) {
                squares += (double) value * value;
            }
            assertThat(squares).isCloseTo(1, within(1e-6));
            assertThatThrownBy(() -> new Embeddings(Embeddings.Pooling.MEAN, true).of(engine, List.of(text(301, 1))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("301");
        }
    }
}
