package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.ScheduleSearch;
import dev.trireme.schedule.ScheduleText;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.SearchProblem;
import dev.trireme.schedule.Task;
import dev.trireme.schedule.TimelineEvent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * However a model is cut, scheduled and executed, the bits are those of one stage. Here for what Java adds: schedules, how
 * they are executed, and which micro-batches are checkpointed. pipeline_test has every cut and mode of the stages themselves.
 */
@Timeout(120)
class PipelineTest {
    private static final int STEPS = 5;
    private static final int MICRO_BATCHES = 4;
    private static final OptimizerConfig CLIPPED = new OptimizerConfig(0.9, 0.999, 1e-8, 0.01, 0.5);
    private static final ModelConfig GPT2 = ModelConfig.gpt2(4, 2, 16, 40, 8).withDropout(0.1, 0.1, 0.1);
    private static final ModelConfig LLAMA =
            ModelConfig.llama(4, 2, 1, 16, 24, 40, 8).withDropout(0.1, 0.1, 0.1);

    private static final Map<ModelConfig, Result> ALONE = new HashMap<>();

    private record Result(List<Double> losses, List<Double> norms, Map<String, Integer> weights) {}

    static Stream<Arguments> layouts() {
        Schedule gPipe = Schedules.gPipe(MICRO_BATCHES, 2);
        Schedule alternating = Schedules.oneForwardOneBackward(MICRO_BATCHES, 2);
        List<Arguments> all = new ArrayList<>();
        for (ModelConfig model : List.of(GPT2, LLAMA)) {
            all.add(Arguments.of(model, "1,3", PipelineConfig.of(gPipe)));
            all.add(Arguments.of(model, "0,4", clocked(gPipe)));
            all.add(Arguments.of(model, "4,0", PipelineConfig.of(alternating)));
            all.add(Arguments.of(model, "1,2,1", clocked(Schedules.oneForwardOneBackward(MICRO_BATCHES, 3))));
            all.add(Arguments.of(model, "0.5,3,0.5", PipelineConfig.of(Schedules.zeroBubble(MICRO_BATCHES, 3))));
            all.add(Arguments.of(model, "1.5,2.5", clocked(Schedules.zeroBubble(MICRO_BATCHES, 2))));
            all.add(Arguments.of(model, "0,1.5,0.5,2", PipelineConfig.of(Schedules.interleaved(MICRO_BATCHES, 2, 2))));
            all.add(Arguments.of(model, "1,2,1", PipelineConfig.of(searched(3, 3))));
            all.add(Arguments.of(model, "0,1.5,0.5,2", clocked(searched(4, 2))));
            for (ActivationCheckpointing checkpointing : ActivationCheckpointing.values()) {
                all.add(Arguments.of(
                        model,
                        "2.5,1.5",
                        new PipelineConfig(alternating, checkpointing, Summation.SEQUENCE, Execution.EAGER)));
            }
        }
        return all.stream();
    }

    /** Found for costs unlike any named schedule's, written and read again. */
    private static Schedule searched(int stages, int devices) {
        List<Cost> costs = IntStream.range(0, stages)
                .mapToObj(stage -> new Cost(1 + stage, 4 - stage, 1 + stage % 2))
                .toList();
        Schedule found = ScheduleSearch.run(SearchProblem.of(costs, devices, MICRO_BATCHES, 5))
                .schedule();
        return ScheduleText.parse("found", ScheduleText.print(found));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void everyLayoutGivesTheBitsOfOneStage(ModelConfig model, String split, PipelineConfig config) {
        assertThat(train(model, split, config)).isEqualTo(ALONE.computeIfAbsent(model, PipelineTest::trainOneStage));
    }

    @Test
    void aFailureIsNamedAndTheNextStepIsThatOfAFreshPipeline() {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(MICRO_BATCHES, 2));
        Result untouched = train(GPT2, "2,2", config);
        try (Pipeline pipeline = open(GPT2, "2,2", config)) {
            List<MicroBatch> bad = new ArrayList<>(batches(GPT2, 1));
            bad.get(2).ids()[3] = 40;
            assertThatThrownBy(() -> pipeline.train(1, 1, bad, weightSum(bad)))
                    .isInstanceOf(PipelineException.class)
                    .hasMessageStartingWith("forward of micro-batch 2 at stage 0 failed: ")
                    .hasMessageContaining("token id 40 at row 0, position 3");
            assertThat(train(GPT2, pipeline)).isEqualTo(untouched);
        }
    }

    @Test
    void borrowedStagesOutliveTheirPipelineAndOthersEndWithIt() {
        PipelineConfig config = PipelineConfig.of(Schedules.oneForwardOneBackward(1, 1));
        try (Stage stage = Stage.open(GPT2, 0, GPT2.layers(), Device.CPU)) {
            Pipeline.borrow(List.of(stage), config).close();
            stage.initialize(1);
            Pipeline.of(List.of(stage), config).close();
            assertThatThrownBy(() -> stage.initialize(1)).hasMessageContaining("is closed");
        }
    }

    @Test
    void measuringChangesNothingAndEqualsOneStage() {
        List<MicroBatch> data = Stream.of(batches(LLAMA, 7), batches(LLAMA, 8).subList(0, 2))
                .flatMap(List::stream)
                .toList();
        PipelineConfig one = PipelineConfig.of(Schedules.oneForwardOneBackward(1, 1));
        PipelineConfig two = PipelineConfig.of(Schedules.oneForwardOneBackward(MICRO_BATCHES, 2));
        try (Pipeline alone = open(LLAMA, "4", one);
                Pipeline cut = open(LLAMA, "3,1", two)) {
            double loss = 0;
            for (int i = 0; i < 4; i++) {
                loss = cut.evaluate(data.subList(0, 1));
            }
            assertThat(loss).isEqualTo(alone.evaluate(data.subList(0, 1)));
            assertThat(cut.evaluate(data)).isCloseTo(alone.evaluate(data), within(1e-9));
        }
    }

    @Test
    void measuringGoesByTheForwardPassesOfTheSchedule() {
        Schedule reversed = ScheduleText.parse("mine", "F3 F2 F1 F0 B0 B1 B2 B3\nF3 F2 F1 F0 B0 B1 B2 B3\n");
        assertThat(orderOnFirstDevice(reversed, 4)).containsExactly("F3", "F2", "F1", "F0");
        assertThat(orderOnFirstDevice(reversed, 2)).containsExactly("F1", "F0");
        assertThat(orderOnFirstDevice(Schedules.zeroBubble(4, 2), 3)).containsExactly("F0", "F1", "F2");
        assertThat(orderOnFirstDevice(Schedules.interleaved(4, 2, 2), 4))
                .containsExactly("F0", "F1", "F0.1", "F1.1", "F2", "F3", "F2.1", "F3.1");
    }

    @Test
    void measuringAsksForEachMicroBatchOnceAndForNoMoreThanAreInFlight() {
        List<MicroBatch> data = batches(GPT2, 3);
        List<Integer> asked = new ArrayList<>();
        List<MicroBatch> lazy = new AbstractList<>() {
            @Override
            public MicroBatch get(int index) {
                asked.add(index);
                return data.get(index);
            }

            @Override
            public int size() {
                return data.size();
            }
        };
        try (Pipeline pipeline = open(GPT2, "3,1", PipelineConfig.of(Schedules.gPipe(2, 2)))) {
            Evaluation measured = pipeline.measure(lazy);
            assertThat(measured.lossSum()).isEqualTo(pipeline.evaluate(data));
            assertThat(measured.weightSum())
                    .isEqualTo(data.stream().mapToDouble(MicroBatch::weightSum).sum());
        }
        assertThat(asked).isEqualTo(IntStream.range(0, data.size()).boxed().toList());
    }

    private static List<String> orderOnFirstDevice(Schedule schedule, int microBatches) {
        List<MicroBatch> data = batches(GPT2, 3).subList(0, microBatches);
        String split = schedule.chunks() == 1 ? "3,1" : "1,1,1,1";
        try (Pipeline pipeline = open(GPT2, split, PipelineConfig.of(schedule));
                Pipeline alone = open(GPT2, "4", PipelineConfig.of(Schedules.gPipe(microBatches, 1)))) {
            assertThat(pipeline.evaluate(data)).isEqualTo(alone.evaluate(data));
            return pipeline.timeline().orElseThrow().events().stream()
                    .filter(event -> event.stage() % schedule.devices() == 0)
                    .sorted(Comparator.comparingLong(TimelineEvent::startNanos))
                    .map(event -> new Task(event.stage(), event.kind(), event.microBatch()).label(schedule.devices()))
                    .toList();
        }
    }

    @Test
    void stagesOnDevicesOfSeveralKindsAreRefusedHoweverThePipelineIsMade() {
        PipelineConfig config = PipelineConfig.of(Schedules.gPipe(2, 2));
        try (Stage first = Stage.dryRun(GPT2, new Part(0, 4, true, false), Device.CPU, Weights.TRAINABLE);
                Stage second =
                        Stage.dryRun(GPT2, new Part(4, 8, false, true), Device.parse("cuda:1"), Weights.TRAINABLE)) {
            List<Stage> stages = List.of(first, second);
            String message =
                    "stages are on cpu and cuda:1, but a model is on devices of one kind; use one for all stages";
            assertThatThrownBy(() -> Pipeline.of(stages, config)).hasMessage(message);
            assertThatThrownBy(() -> Pipeline.borrow(stages, config)).hasMessage(message);
            assertThatThrownBy(() -> Pipeline.open(
                            GPT2, DeviceMap.ofSplit(4, "2,2"), config, List.of(first.device(), second.device())))
                    .hasMessage(message);
        }
    }

    @Test
    void numbersThatDoNotFitAreRefusedBeforeAnythingIsMade() {
        PipelineConfig config = PipelineConfig.of(Schedules.gPipe(2, 2));
        List<Device> devices = List.of(Device.CPU, Device.CPU);
        assertThatThrownBy(() -> Pipeline.open(GPT2, DeviceMap.ofSplit(5, "2,3"), config, devices))
                .hasMessage("5 layers of the map do not fit 4 layers of the model; use the same number");
        assertThatThrownBy(() -> Pipeline.open(GPT2, DeviceMap.ofSplit(4, "4"), config, devices))
                .hasMessage("1 stages do not fit 2 stages of the schedule; use the same number");
        assertThatThrownBy(() -> Pipeline.open(GPT2, DeviceMap.ofSplit(4, "2,2"), config, List.of(Device.CPU)))
                .hasMessage("1 devices do not fit 2 devices of the schedule; use the same number");
        try (Pipeline pipeline = open(GPT2, "2,2", config)) {
            assertThatThrownBy(() -> pipeline.train(1, 1, batches(GPT2, 1), 1))
                    .hasMessage("4 micro-batches do not fit 2 micro-batches of the schedule; use the same number");
        }
    }

    @Test
    void oneForwardOneBackwardHoldsNoMoreHoweverManyMicroBatches() {
        assertThat(memoryAfterAStep(Schedules.oneForwardOneBackward(16, 2)))
                .isEqualTo(memoryAfterAStep(Schedules.oneForwardOneBackward(4, 2)))
                .isLessThan(memoryAfterAStep(Schedules.gPipe(16, 2)));
    }

    private static long memoryAfterAStep(Schedule schedule) {
        try (Pipeline pipeline = open(GPT2, "2,2", PipelineConfig.of(schedule))) {
            List<MicroBatch> same = Collections.nCopies(
                    schedule.microBatches(), batches(GPT2, 1).get(0));
            pipeline.train(1, 1, same, 1);
            pipeline.update(CLIPPED, 1e-3);
            return pipeline.stages().get(0).memoryBytes();
        }
    }

    private static PipelineConfig clocked(Schedule schedule) {
        return new PipelineConfig(schedule, ActivationCheckpointing.NEVER, Summation.SEQUENCE, Execution.CLOCKED);
    }

    private static Pipeline open(ModelConfig model, String split, PipelineConfig config) {
        DeviceMap map = DeviceMap.ofSplit(model.layers(), split);
        Pipeline pipeline = Pipeline.open(
                model, map, config, Collections.nCopies(config.schedule().devices(), Device.CPU));
        pipeline.stages().forEach(stage -> stage.initialize(1));
        return pipeline;
    }

    private static Result trainOneStage(ModelConfig model) {
        return train(model, "4", PipelineConfig.of(Schedules.oneForwardOneBackward(MICRO_BATCHES, 1)));
    }

    private static Result train(ModelConfig model, String split, PipelineConfig config) {
        try (Pipeline pipeline = open(model, split, config)) {
            return train(model, pipeline);
        }
    }

    private static Result train(ModelConfig model, Pipeline pipeline) {
        List<Double> losses = new ArrayList<>();
        List<Double> norms = new ArrayList<>();
        for (int step = 1; step <= STEPS; step++) {
            List<MicroBatch> batches = batches(model, step);
            losses.add(pipeline.train(step, 1, batches, weightSum(batches)));
            norms.add(pipeline.update(CLIPPED, 1e-2));
        }
        return new Result(losses, norms, weights(pipeline.stages()));
    }

    private static double weightSum(List<MicroBatch> batches) {
        return batches.stream().mapToDouble(MicroBatch::weightSum).sum();
    }

    private static List<MicroBatch> batches(ModelConfig model, int step) {
        Random random = new Random(step);
        return IntStream.range(0, MICRO_BATCHES)
                .mapToObj(number -> {
                    int[] ids = random.ints(16, 0, model.vocabulary()).toArray();
                    float[] weights = new float[16];
                    Arrays.fill(weights, 1);
                    return new MicroBatch(ids, weights, 2, 8, 2L * number);
                })
                .toList();
    }

    private static Map<String, Integer> weights(List<Stage> stages) {
        Map<String, Integer> hashes = new TreeMap<>();
        for (Stage stage : stages) {
            for (int i = 0; i < stage.parameters().size(); i++) {
                ParameterInfo parameter = stage.parameters().get(i);
                ByteBuffer values = ByteBuffer.allocateDirect((int) parameter.count() * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
                stage.read(i, values);
                int hash = values.clear().hashCode();
                assertThat(hashes.putIfAbsent(parameter.name(), hash))
                        .as(parameter.name())
                        .isIn(null, hash);
            }
        }
        return hashes;
    }
}
