package dev.trireme.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.model.AttentionConfig;
import dev.trireme.model.AttentionConfig.Biases;
import dev.trireme.model.AttentionConfig.Heads;
import dev.trireme.model.AttentionConfig.Window;
import dev.trireme.model.Freezing;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.MlpConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import dev.trireme.parallel.Execution;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.PipelineConfig;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real stages hold what was predicted, to the byte. Sizes are odd, so that what is rounded up shows. Every pair of model,
 * dropout, checkpointing and pipeline occurs, but not every combination of all four.
 */
@Timeout(120)
class StageMemoryIT {
    private static final int STEPS = 3; // from the second on nothing is allocated
    private static final int ROWS = 3;
    private static final int LENGTH = 7;
    private static final ModelConfig GPT2 = ModelConfig.gpt2(4, 2, 18, 41, 9);
    private static final ModelConfig TIED_LLAMA = ModelConfig.llama(4, 6, 2, 36, 25, 41, 9);
    /** Heads × width is not hidden, a head of its own, biases; so many positions that the table of angles can grow. */
    private static final ModelConfig LLAMA = changed(ModelConfig.llama(4, 3, 3, 18, 19, 41, 200));

    private static ModelConfig changed(ModelConfig model) {
        Heads heads = new Heads(4, 2, 6);
        return model.withArchitecture(model.architecture()
                .withAttention(new AttentionConfig(heads, Biases.ALL, true, new Window(3, 1)))
                .withMlp(new MlpConfig(MlpConfig.Kind.SWIGLU, 19, true, true))
                .withTied(false));
    }

    @BeforeAll
    static void useOneThread() {
        NativeLibrary.setThreads(1);
    }

    static Stream<Arguments> stages() {
        List<ModelConfig> models = List.of(GPT2, TIED_LLAMA, LLAMA);
        List<Arguments> all = new ArrayList<>();
        List<ActivationCheckpointing> kinds = List.of(ActivationCheckpointing.values());
        for (int kind = 0; kind < kinds.size(); kind++) {
            List<PipelineConfig> pipelines = pipelines(kinds.get(kind));
            for (int i = 0; i < pipelines.size(); i++) {
                ModelConfig model = models.get((i + kind) % 3);
                boolean drops = (i / 3 + kind) % 2 == 1;
                all.add(Arguments.of(
                        drops ? model.withDropout(0.1, 0.1, 0.1) : model,
                        splitOf(pipelines.get(i).schedule().stages()),
                        pipelines.get(i)));
            }
        }
        for (ModelConfig model : models) {
            PipelineConfig two = PipelineConfig.of(Schedules.oneForwardOneBackward(4, 2));
            all.add(Arguments.of(model, "4,0", two));
            all.add(Arguments.of(model, "0,4", two));
            all.add(Arguments.of(frozen(model, "embeddings,layers.0-1"), "1,3", two));
            all.add(Arguments.of(frozen(model, "embeddings,layers.0-1"), "2,2", two));
        }
        return all.stream();
    }

    private static List<PipelineConfig> pipelines(ActivationCheckpointing checkpointing) {
        Stream<PipelineConfig> sequence = Stream.of(
                        Schedules.oneForwardOneBackward(1, 1),
                        Schedules.oneForwardOneBackward(4, 1),
                        Schedules.gPipe(4, 2),
                        Schedules.oneForwardOneBackward(5, 3),
                        Schedules.zeroBubble(3, 2),
                        Schedules.zeroBubble(6, 4),
                        Schedules.interleaved(4, 2, 2))
                .map(schedule -> config(schedule, checkpointing, Summation.SEQUENCE));
        Stream<PipelineConfig> tree = Stream.of(
                        Schedules.oneForwardOneBackward(1, 1),
                        Schedules.oneForwardOneBackward(8, 1),
                        Schedules.gPipe(4, 2))
                .map(schedule -> config(schedule, checkpointing, Summation.TREE));
        return Stream.concat(sequence, tree).toList();
    }

    @ParameterizedTest
    @MethodSource("stages")
    void theBytesAreThosePredicted(ModelConfig model, String split, PipelineConfig config) {
        Workload training = new Workload(ROWS, LENGTH, ROWS * (LENGTH - 1), false);
        Workload both = new Workload(ROWS, LENGTH, ROWS * (LENGTH - 1), true);
        try (Pipeline pipeline = open(model, split, config)) {
            List<MicroBatch> batches = batches(config.schedule().microBatches(), LENGTH);
            train(pipeline, batches);
            assertThat(measured(pipeline)).isEqualTo(predicted(model, split, config, training));
            pipeline.evaluate(batches);
            train(pipeline, batches);
            assertThat(measured(pipeline)).isEqualTo(predicted(model, split, config, both));
        }
    }

    @Test
    void layersBelowTheFirstThatIsTrainedKeepNoActivations() {
        ModelConfig deep = ModelConfig.gpt2(8, 2, 18, 41, 9);
        long all = ofMicroBatch(deep);
        long upper = ofMicroBatch(frozen(deep, "embeddings,layers.0-5"));
        assertThat((double) upper / all).isBetween(0.25, 0.45); // 2 layers of 8, a sublayer below, and the head
    }

    private static long ofMicroBatch(ModelConfig model) {
        Workload workload = new Workload(ROWS, LENGTH, ROWS * (LENGTH - 1), false);
        long[] totals = IntStream.of(1, 2)
                .mapToObj(microBatches -> PipelineConfig.of(Schedules.gPipe(microBatches, 1)))
                .mapToLong(config -> StageMemory.predict(
                                model, DeviceMap.ofSplit(8, "8"), config, List.of(Device.CPU), workload)
                        .get(0)
                        .total())
                .toArray();
        return totals[1] - totals[0];
    }

    private static ModelConfig frozen(ModelConfig model, String parts) {
        return model.withTuning(new Tuning(LoraConfig.NONE, Freezing.parse(parts)));
    }

    @Test
    void longRowsGrowTheTableOfRotaryEmbeddings() {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(1, 1));
        try (Pipeline pipeline = open(LLAMA, "4", config)) {
            train(pipeline, batches(1, 150));
            assertThat(measured(pipeline))
                    .isEqualTo(predicted(LLAMA, "4", config, new Workload(ROWS, 150, ROWS * 149, false)));
        }
    }

    @Test
    void shorterBatchesAndFewerLabelsHoldNoMore() {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(4, 2));
        List<MicroBatch> mixed = new ArrayList<>(batches(4, LENGTH));
        mixed.set(0, batches(1, 4).get(0));
        mixed.set(3, unlabelled(5));
        Workload largest = new Workload(ROWS, LENGTH, ROWS * (LENGTH - 1), false);
        try (Pipeline pipeline = open(GPT2, "2,2", config)) {
            train(pipeline, mixed);
            assertThat(measured(pipeline)).isEqualTo(predicted(GPT2, "2,2", config, largest));
        }
    }

    /**
     * Cannot be measured without GPUs: what comes from another device is copied, inputs into a buffer of each micro-batch
     * and one more, the gradient of the tied head into one of its own.
     */
    @Test
    void stagesOfSeveralDevicesCopyTheirInputs() {
        PipelineConfig config = PipelineConfig.of(Schedules.gPipe(4, 2));
        DeviceMap map = DeviceMap.ofSplit(4, "2,2");
        Workload workload = new Workload(ROWS, LENGTH, ROWS * (LENGTH - 1), false);
        List<Device> gpus = List.of(new Device(DeviceKind.CUDA, 0), new Device(DeviceKind.CUDA, 1));
        List<StageMemory> apart = StageMemory.predict(GPT2, map, config, gpus, workload);
        List<StageMemory> together =
                StageMemory.predict(GPT2, map, config, List.of(gpus.get(0), gpus.get(0)), workload);
        assertThat(apart.get(0).total() - together.get(0).total())
                .isEqualTo((long) GPT2.vocabulary() * 18 * Float.BYTES);
        assertThat(apart.get(1).total() - together.get(1).total()).isEqualTo(5L * ROWS * LENGTH * 18 * Float.BYTES);
    }

    private static PipelineConfig config(
            Schedule schedule, ActivationCheckpointing checkpointing, Summation summation) {
        return new PipelineConfig(schedule, checkpointing, summation, Execution.EAGER);
    }

    private static String splitOf(int stages) {
        return switch (stages) {
            case 1 -> "4";
            case 2 -> "1,3";
            case 3 -> "1,2,1";
            default -> "1,1,1,1";
        };
    }

    private static Pipeline open(ModelConfig model, String split, PipelineConfig config) {
        Pipeline pipeline = Pipeline.open(model, DeviceMap.ofSplit(4, split), config, cpus(config));
        pipeline.stages().forEach(stage -> stage.initialize(1));
        return pipeline;
    }

    private static List<Device> cpus(PipelineConfig config) {
        return Collections.nCopies(config.schedule().devices(), Device.CPU);
    }

    private static void train(Pipeline pipeline, List<MicroBatch> batches) {
        for (int step = 1; step <= STEPS; step++) {
            pipeline.train(step, 1, batches, 1);
            pipeline.update(OptimizerConfig.adamW(), 1e-3);
        }
    }

    private static List<Long> measured(Pipeline pipeline) {
        return pipeline.stages().stream().map(Stage::memoryBytes).toList();
    }

    private static List<Long> predicted(ModelConfig model, String split, PipelineConfig config, Workload workload) {
        return StageMemory.predict(model, DeviceMap.ofSplit(4, split), config, cpus(config), workload).stream()
                .map(StageMemory::total)
                .toList();
    }

    private static List<MicroBatch> batches(int microBatches, int length) {
        Random random = new Random(1);
        float[] weights = new float[ROWS * length];
        Arrays.fill(weights, 1);
        return IntStream.range(0, microBatches)
                .mapToObj(number -> new MicroBatch(
                        random.ints((long) ROWS * length, 0, 41).toArray(),
                        weights,
                        ROWS,
                        length,
                        (long) ROWS * number))
                .toList();
    }

    /** Labels at the first position of each row only. */
    private static MicroBatch unlabelled(int length) {
        float[] weights = new float[ROWS * length];
        for (int row = 0; row < ROWS; row++) {
            weights[row * length + 1] = 1;
        }
        return new MicroBatch(new int[ROWS * length], weights, ROWS, length, 0);
    }
}
