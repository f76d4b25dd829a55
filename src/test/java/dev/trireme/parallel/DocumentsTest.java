package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.model.Families;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.ModelSizes;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of several documents, which do not see each other. */
class DocumentsTest {
    private static final int VOCABULARY = 40;
    private static final List<int[]> DOCUMENTS = List.of(random(5), random(20), random(1), random(14));

    private static int[] random(int length) {
        return new Random(length).ints(length, 0, VOCABULARY).toArray();
    }

    @BeforeAll
    static void useOneThread() {
        NativeLibrary.setThreads(1);
    }

    private static ModelConfig model(String family) {
        ModelSizes sizes = new ModelSizes(2, 32, VOCABULARY, 64);
        ModelConfig fresh = Families.named(family).fresh(sizes, 4, Optional.empty(), Optional.empty());
        return Families.of(fresh).withDropout(fresh, 0);
    }

    private static MicroBatch packed(List<int[]> documents, List<Integer> learned) {
        int length = documents.stream().mapToInt(document -> document.length).sum();
        int[] ids = new int[length];
        int[] begins = new int[length];
        float[] weights = new float[length];
        int at = 0;
        for (int i = 0; i < documents.size(); i++) {
            int begin = at;
            for (int id : documents.get(i)) {
                ids[at] = id;
                begins[at] = begin;
                weights[at] = at > begin && learned.contains(i) ? 1 : 0;
                at++;
            }
        }
        return new MicroBatch(ids, weights, 1, length, 0, begins);
    }

    private static Pipeline open(ModelConfig model, String split, PipelineConfig config) {
        DeviceMap map = DeviceMap.ofSplit(2, split);
        Pipeline pipeline = Pipeline.open(
                model, map, config, Collections.nCopies(config.schedule().devices(), Device.CPU));
        pipeline.stages().forEach(stage -> stage.initialize(3));
        return pipeline;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "llama", "qwen2", "qwen3", "mistral"})
    void theLossOfEachDocumentIsThatOfItsOwnRow(String family) {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(1, 1));
        try (Pipeline pipeline = open(model(family), "2", config)) {
            for (int document : List.of(0, 1, 3)) {
                int[] ids = DOCUMENTS.get(document);
                float[] weights = new float[ids.length];
                Arrays.fill(weights, 1);
                double alone = pipeline.evaluate(List.of(new MicroBatch(ids, weights, 1, ids.length, 0)));
                double together = pipeline.evaluate(List.of(packed(DOCUMENTS, List.of(document))));
                assertThat(together).isCloseTo(alone, within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt2", "mistral"})
    void everyLayoutGivesTheBitsOfOneStage(String family) {
        PipelineConfig one = PipelineConfig.of(Schedules.oneForwardOneBackward(2, 1));
        List<Long> expected = trained(model(family), "2", one);
        assertThat(trained(model(family), "1,1", PipelineConfig.of(Schedules.oneForwardOneBackward(2, 2))))
                .isEqualTo(expected);
        assertThat(trained(model(family), "0.5,1.5", PipelineConfig.of(Schedules.zeroBubble(2, 2))))
                .isEqualTo(expected);
        PipelineConfig recomputing = new PipelineConfig(
                Schedules.gPipe(2, 2), ActivationCheckpointing.ALWAYS, Summation.SEQUENCE, Execution.EAGER);
        assertThat(trained(model(family), "1,1", recomputing)).isEqualTo(expected);
    }

    /** The bits of the loss of each step. */
    private static List<Long> trained(ModelConfig model, String split, PipelineConfig config) {
        List<Long> losses = new ArrayList<>();
        List<MicroBatch> batches =
                List.of(packed(DOCUMENTS, List.of(0, 1, 3)), packed(DOCUMENTS.subList(1, 4), List.of(0, 2)));
        double weight = batches.stream().mapToDouble(MicroBatch::weightSum).sum();
        try (Pipeline pipeline = open(model, split, config)) {
            for (int step = 1; step <= 4; step++) {
                losses.add(Double.doubleToRawLongBits(pipeline.train(step, 1, batches, weight)));
                pipeline.update(OptimizerConfig.adamW(), 1e-2);
            }
        }
        return losses;
    }

    @Test
    void refusesADocumentThatBeginsWhereNoneDoes() {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(1, 1));
        try (Pipeline pipeline = open(model("gpt2"), "2", config)) {
            MicroBatch batch = new MicroBatch(new int[3], new float[] {0, 1, 1}, 1, 3, 0, new int[] {0, 0, 1});
            assertThatThrownBy(() -> pipeline.evaluate(List.of(batch)))
                    .hasMessageContaining("the document at row 0, position 2 begins at 1");
        }
        assertThatThrownBy(() -> new MicroBatch(new int[3], new float[3], 1, 3, 0, new int[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 begins of documents");
    }
}
