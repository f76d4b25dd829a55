package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StageTest {
    @Test
    void holdsEveryParameterOfTheModelOnceWithTheShapeOfAFile() {
        try (Stage stage = TinyModel.open()) {
            assertThat(stage.parameters())
                    .contains(
                            new ParameterInfo("wte.weight", List.of(50L, 16L)),
                            new ParameterInfo("h.1.attn.c_attn.weight", List.of(16L, 48L)),
                            new ParameterInfo("ln_f.bias", List.of(16L)))
                    .doesNotHaveDuplicates();
            assertThat(stage.parameters().stream()
                            .mapToLong(ParameterInfo::count)
                            .sum())
                    .isEqualTo(ParameterInfo.count(Stage.parametersOf(TinyModel.CONFIG)));
        }
    }

    @Test
    void aPartMayBeginAndEndInTheMiddleOfALayer() {
        Part mlpOfFirst = new Part(1, 2, false, false);
        try (Stage stage = Stage.open(TinyModel.CONFIG, mlpOfFirst, Device.CPU, Weights.TRAINABLE)) {
            assertThat(stage).hasToString("stage of layers [0.5, 1) on cpu");
            assertThat(stage.parameters().stream().map(ParameterInfo::name))
                    .containsExactlyInAnyOrder(
                            "h.0.ln_2.weight",
                            "h.0.ln_2.bias",
                            "h.0.mlp.c_fc.weight",
                            "h.0.mlp.c_fc.bias",
                            "h.0.mlp.c_proj.weight",
                            "h.0.mlp.c_proj.bias");
        }
        assertThatThrownBy(
                        () -> Stage.open(TinyModel.CONFIG, new Part(3, 5, false, false), Device.CPU, Weights.TRAINABLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("layers [1.5, 2.5) are not a run of the model's 2");
    }

    @Test
    void givesBackTheWeightsThatItWasGiven() {
        try (Stage stage = TinyModel.open()) {
            for (int i = 0; i < stage.parameters().size(); i++) {
                ByteBuffer written = buffer(stage.parameters().get(i));
                while (written.hasRemaining()) {
                    written.putFloat(written.position() * 0.25f - i);
                }
                stage.write(i, 0, written.flip());
                ByteBuffer read = buffer(stage.parameters().get(i));
                stage.read(i, read);
                assertThat(read).isEqualTo(written);
            }
        }
    }

    @Test
    void weightsFollowFromTheSeedAlone() {
        try (Stage one = TinyModel.open();
                Stage other = TinyModel.open()) {
            assertThat(one.checksum()).isEqualTo(other.checksum());
            other.initialize(2);
            assertThat(one.checksum()).isNotEqualTo(other.checksum());
        }
    }

    @Test
    void aStepLowersTheLossOfItsBatch() {
        MicroBatch batch = TinyModel.batch(1, 3, 0);
        try (Stage stage = TinyModel.open()) {
            double before = loss(stage, batch);
            stage.begin(1, 1, 1, batch.weightSum());
            stage.load(0, batch);
            stage.forward(0, Mode.TRAIN);
            assertThat(stage.loss(0)).isEqualTo(before);
            stage.backward(0);
            assertThat(stage.gradients().apply(OptimizerConfig.adamW(), 1e-3)).isPositive();
            assertThat(loss(stage, batch)).isLessThan(before);
            assertThat(stage.gradient(0))
                    .hasSize((int) stage.parameters().get(0).count());
        }
    }

    @Test
    void lossAndLogitsTellTheSame() {
        MicroBatch batch = TinyModel.batch(1, 1, 0);
        try (Stage stage = TinyModel.open()) {
            double loss = loss(stage, batch);
            KeyValueCache cache =
                    KeyValueCache.open(List.of(stage), 1, CacheType.FLOAT32).get(0);
            cache.extend(0, TokenRows.of(0, new int[] {0}, Arrays.copyOf(batch.ids(), 7)));
            FloatBuffer logits = ByteBuffer.allocateDirect(7 * 50 * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            cache.logits(0, new int[] {0, 1, 2, 3, 4, 5, 6}, logits);

            double expected = 0;
            for (int t = 0; t < 7; t++) {
                double sum = 0;
                for (int v = 0; v < 50; v++) {
                    sum += Math.exp(logits.get(t * 50 + v));
                }
                expected += Math.log(sum) - logits.get(t * 50 + batch.ids()[t + 1]);
            }
            assertThat(loss).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void generationKeepsWhatItHasSeen() {
        try (Stage stage = TinyModel.open()) {
            KeyValueCache cache =
                    KeyValueCache.open(List.of(stage), 2, CacheType.FLOAT32).get(0);
            cache.extend(
                    0, new TokenRows(new int[] {0, 0}, new int[] {3, 2}, new int[] {1, 0}, new int[] {5, 6, 7, 8, 9}));
            cache.extend(0, new TokenRows(new int[] {2, 3}, new int[] {1, 1}, new int[] {0, 1}, new int[] {1, 2}));
            int batched = choose(cache, 0, 1);
            KeyValueCache other =
                    KeyValueCache.open(List.of(stage), 1, CacheType.FLOAT32).get(0);
            other.extend(0, TokenRows.of(0, new int[] {0}, 5, 6, 7, 2));
            assertThat(choose(other, 0, 3)).isEqualTo(batched);
            assertThat(stage.blockBytes(CacheType.FLOAT32)).isEqualTo(2 * stage.blockBytes(CacheType.BFLOAT16));
            assertThatThrownBy(() -> other.extend(0, TokenRows.of(4, new int[] {1}, 1, 2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("block 1 is not among the 1 of the cache");
            assertThatThrownBy(() -> TokenRows.of(31, new int[] {0}, 1, 2))
                    .hasMessage(
                            "1 sequences of 2 tokens in 2 blocks do not fit 2 ids and 1 blocks; give as many ids and"
                                    + " blocks as the counts say");
            assertThatThrownBy(() -> cache.copy(new int[] {0}, new int[] {2}))
                    .hasMessageContaining("block 2 is not among the 2 of the cache");
            other.close();
            assertThatThrownBy(() -> choose(other, 0, 3)).hasMessageContaining("is not open");
        }
    }

    @Test
    void aStageForGenerationDoesNotTrain() {
        try (Stage stage = Stage.open(TinyModel.CONFIG, 0, 2, Device.CPU, Weights.BFLOAT16)) {
            stage.initialize(1);
            assertThatThrownBy(() -> stage.begin(1, 1, 1, 1)).hasMessageContaining("needs trainable weights");
        }
    }

    @Test
    void anErrorSaysWhichStageAndWhatItDid() {
        try (Stage stage = TinyModel.open()) {
            assertThatThrownBy(() -> stage.backward(3))
                    .hasMessageStartingWith("stage of layers [0, 2) on cpu, backward of micro-batch 3: ")
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void whatTheCallerGotWrongIsAnIllegalArgument() {
        try (Stage stage = TinyModel.open()) {
            MicroBatch batch = TinyModel.batch(1, 1, 0);
            batch.ids()[3] = 50;
            assertThatThrownBy(() -> stage.load(0, batch))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("token id 50 at row 0, position 3");
            assertThatThrownBy(() -> stage.read(0, ByteBuffer.allocate(4)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("direct");
            assertThatThrownBy(() -> Stage.open(TinyModel.CONFIG, 1, 3, Device.CPU))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("[1, 3)");
        }
    }

    @Test
    void aClosedStageSaysSoAndClosesTwice() {
        Stage stage = TinyModel.open();
        stage.close();
        stage.close();

        assertThatThrownBy(stage::checksum)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stage of layers [0, 2) on cpu is closed");
    }

    @Test
    void aloneThereIsNothingToReduce() {
        try (Stage stage = TinyModel.open()) {
            assertThat(stage.gradients().reductionPlan()).isEqualTo("alone");
            assertThat(stage.memoryBytes()).isPositive();
        }
    }

    private static double loss(Stage stage, MicroBatch batch) {
        stage.load(0, batch);
        stage.forward(0, Mode.EVALUATE);
        return stage.loss(0);
    }

    private static ByteBuffer buffer(ParameterInfo parameter) {
        return ByteBuffer.allocateDirect((int) parameter.count() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int choose(KeyValueCache cache, int pass, int token) {
        return cache.choose(pass, new int[] {token}, List.of(ChoiceRule.GREEDY)).id(0);
    }
}
