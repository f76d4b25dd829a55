package dev.trireme.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Replica;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class PlannerIT {
    private static final long GPT2 = 124_439_808; // as published for GPT-2 small
    private static final long LLAMA2_7B = 6_738_415_616L; // as published

    @Test
    void oneDeviceHoldsEachParameterFourTimes() {
        DeviceBytes bytes = predict("h100-80gb:1", training("gpt2-1024"), alone(1))
                .devices()
                .get(0);

        assertThat(bytes.weights()).isEqualTo(4 * GPT2);
        assertThat(bytes.gradients()).isEqualTo(4 * GPT2);
        assertThat(bytes.optimizer()).isEqualTo(8 * GPT2);
        assertThat(bytes.logits()).isEqualTo(4L * 8 * 127 * 50_257);
        assertThat(bytes.cache()).isZero();
    }

    @Test
    void sixteenBitsHoldAFloat32CopyOfWeightsInTheOptimizer() {
        Job half = new Job("gpt2", ModelConfig.ofShape("gpt2-1024"), NumberType.BFLOAT16, 8, 128, 0);

        DeviceBytes bytes = predict("h100-80gb:1", half, alone(1)).devices().get(0);

        assertThat(bytes.weights() + bytes.gradients() + bytes.optimizer()).isEqualTo(16 * GPT2);
    }

    @ParameterizedTest
    @CsvSource({"float32, 1, false", "float32, 2, true", "float32, 4, true", "float16, 1, true", "bfloat16, 1, true"})
    void sevenBillionWeightsGenerateWhereTheyFit(String type, int devices, boolean fits) {
        Plan plan = plan("v100-16gb:" + devices, generation(type, 1));

        assertThat(plan.compared().isEmpty()).isNotEqualTo(fits);
        long weights = plan.compared().stream()
                .findFirst()
                .orElseGet(() -> plan.tooLarge().get(0))
                .devices()
                .stream()
                .mapToLong(DeviceBytes::weights)
                .sum();
        int bytes = NumberType.parse(type).bytes();
        assertThat((double) weights).isCloseTo((double) bytes * LLAMA2_7B, within(0.001 * bytes * LLAMA2_7B));
    }

    @ParameterizedTest
    @CsvSource({"float32, 2", "float32, 4", "float16, 2", "float16, 4", "bfloat16, 2", "bfloat16, 4"})
    void sevenBillionWeightsTrainOnNoFourDevicesOf16Gigabytes(String type, int devices) {
        Job job = new Job("llama2-7b", ModelConfig.ofShape("llama2-7b"), NumberType.parse(type), 4, 128, 0);

        Plan plan = plan("v100-16gb:" + devices, job);

        assertThat(plan.compared()).isEmpty();
        assertThat(plan.tooLarge().get(0).devices().stream()
                        .mapToLong(DeviceBytes::total)
                        .sum())
                .isGreaterThan(16 * LLAMA2_7B);
        assertThat(Reasons.cure(plan))
                .hasValueSatisfying(cure -> assertThat(cure).contains("would fit with ", " such devices as stages"));
    }

    @Test
    void fourDevicesGiveOneSequenceNoTokenSoonerThanTwo() {
        Job job = generation("float32", 1);

        Prediction two = plan("v100-16gb:2", job).compared().get(0);
        Prediction four = predict("v100-16gb:4", job, stages(4, 1));

        assertThat(two.layout().pipeline().stages()).isEqualTo(2);
        assertThat(four.time().tokenSeconds()).isGreaterThanOrEqualTo(two.time().tokenSeconds());
        assertThat(four.needed()).isLessThan(two.needed());
        // every weight is read once a token, wherever it is
        double read = 4.0 * (LLAMA2_7B - 32_000L * 4096) / (900e9 * 0.85);
        assertThat(two.time().tokenSeconds()).isBetween(read, 1.1 * read);
    }

    @Test
    void oneMicroBatchLeavesAllDevicesButOneIdle() {
        Prediction four = predict("v100-16gb:4", training("gpt2-1024"), stages(4, 1));

        assertThat(four.time().bubble()).isCloseTo(0.75, within(0.02)); // (p - 1) / (m + p - 1)
    }

    @Test
    void replicasSendTwiceTheGradientsButTheirOwnPart() {
        Layout two = new Layout(2, PipelineLayout.SINGLE, 1, 1);
        Layout four = new Layout(4, PipelineLayout.SINGLE, 1, 1);
        Job job = training("gpt2-1024");

        assertThat(predict("h100-80gb:2", job, two).time().volumeBytes()).isEqualTo(4.0 * GPT2);
        assertThat(predict("h100-80gb:4", job, four).time().volumeBytes()).isEqualTo(1.5 * 4.0 * GPT2);
    }

    @Test
    void twoReplicasOnFastLinksAreNearlyTwiceAsFastAndOnSlowOnesTheAllReduceShows() {
        Job job = new Job("gpt2", ModelConfig.ofShape("gpt2-1024"), NumberType.FLOAT32, 64, 128, 0);
        Layout two = new Layout(2, PipelineLayout.SINGLE, 1, 1);
        double one = predict("h100-80gb:1", job, alone(1)).time().seconds();

        assertThat(one / predict("h100-80gb:2", job, two).time().seconds()).isBetween(1.8, 2.0);
        assertThat(predict("rtx-4090:2", job, two).time().exposedSeconds())
                .isGreaterThan(predict("h100-80gb:2", job, two).time().exposedSeconds());
    }

    @Test
    void layoutsAreRankedByTimeAndEqualOnesBySimplicity() {
        Plan plan = plan("h100-80gb:4", training("gpt2-1024"));
        List<Prediction> fitting = plan.fitting();

        assertThat(fitting).hasSizeGreaterThan(20);
        assertThat(IntStream.range(1, fitting.size())
                        .allMatch(i -> fitting.get(i - 1).time().seconds()
                                <= 1.02 * fitting.get(i).time().seconds()))
                .isTrue();
        assertThat(PlanPage.of(plan, "bin/trireme train"))
                .doesNotContain("src=", "@import") // it loads nothing
                .contains("color-scheme");
    }

    @Test
    void anEvenSplitIsPredictedAsItIsGivenAndAPlansSplitsAreBalanced() {
        Job job = training("gpt2-1024");
        Layout even = stages(4, 4);
        Layout balanced = new Layout(1, PipelineLayout.of(4, "balanced"), 4, 1);
        String planned = Planner.byRates(job, MachineFiles.parse("h100-80gb:4"))
                .plan(layout -> layout.equals(balanced))
                .compared()
                .get(0)
                .layout()
                .pipeline()
                .split();

        assertThat(predict("h100-80gb:4", job, even).layout().pipeline().split())
                .isEqualTo("3,3,3,3");
        assertThat(predict("h100-80gb:4", job, balanced).layout().pipeline().split())
                .isEqualTo(planned)
                .isNotEqualTo("3,3,3,3"); // the head is work too
        assertThat(predict("h100-80gb:4", job, even).time().seconds())
                .isGreaterThan(predict("h100-80gb:4", job, balanced).time().seconds());
    }

    @Test
    void aProcessHoldsWhatItsHostHas() {
        Layout two = new Layout(2, PipelineLayout.of(8, "balanced"), 1, 1);
        Job generation = new Job("gpt2", ModelConfig.ofShape("gpt2-1024"), NumberType.FLOAT32, 8, 32, 64);

        assertThat(predict("h100-80gb:16", training("gpt2-1024"), stages(12, 1)).cannotRun())
                .contains("all stages of a pipeline are in one process, and 12 are more than the 8 devices of a host");
        assertThat(predict("h100-80gb:16", generation, two).cannotRun())
                .contains(
                        "all copies of a generation are in one process, and 16 devices are more than the 8 of a host");
        assertThat(predict("h100-80gb:16", training("gpt2-1024"), two).cannotRun())
                .isEmpty();
        assertThat(predict("h100-80gb:16", generation, stages(6, 1)).cannotRun())
                .isEmpty();
        Planner cores = Planner.byRates(training("gpt2-1024"), Machines.cpu(1, 2));
        assertThat(cores.predict(stages(4, 1)).cannotRun()).isEmpty(); // stages of a CPU take turns
    }

    @Test
    void hostsOfACpuShareItsRanks() {
        Layout four = new Layout(4, PipelineLayout.SINGLE, 1, 1);
        Layout three = new Layout(3, PipelineLayout.SINGLE, 1, 1);
        Job job = new Job("tiny", ModelConfig.ofShape("tiny"), NumberType.FLOAT32, 12, 128, 0);
        Planner two = Planner.byRates(job, Machines.cpu(2, 4));
        Planner one = Planner.byRates(job, Machines.cpu(1, 4));

        assertThat(2 * two.predict(four).needed()).isEqualTo(one.predict(four).needed());
        assertThat(3 * two.predict(three).needed())
                .isEqualTo(2 * one.predict(three).needed());
        assertThat(two.predict(four).time().seconds())
                .isLessThan(one.predict(four).time().seconds());
    }

    @Test
    void oneGroupOfPromptsKeepsOneStageOfACpuBusy() {
        Job job = new Job("tiny", ModelConfig.ofShape("tiny"), NumberType.FLOAT32, 4, 16, 16);
        Planner cores = Planner.byRates(job, Machines.cpu(1, 4));

        assertThat(cores.predict(stages(2, 1)).time().bubble()).isCloseTo(0.5, within(0.001));
        assertThat(cores.predict(new Layout(2, PipelineLayout.of(2, "even"), 1, 1))
                        .time()
                        .bubble())
                .isCloseTo(0.5, within(0.001)); // however much the other copy slows it down
    }

    @Test
    void aTokenWaitsForEveryHopBetweenStages() {
        Job job = generation("float32", 1);
        StepTime two = predict("v100-16gb:4", job, stages(2, 1)).time();
        StepTime four = predict("v100-16gb:4", job, stages(4, 1)).time();

        assertThat(four.exposedSeconds()).isCloseTo(3 * two.exposedSeconds(), within(1e-9));
        assertThat(four.seconds() - two.seconds()).isCloseTo(2 * two.exposedSeconds(), within(0.02 * four.seconds()));
    }

    @Test
    void gradientsAreSummedInTheBucketsOfTheRun() {
        assertThat(Planner.byRates(training("gpt2-1024"), MachineFiles.parse("h100-80gb:2"))
                        .work(alone(1))
                        .bucketBytes())
                .isEqualTo(Replica.BUCKET_BYTES);
    }

    @Test
    void layoutsUseDevicesThatAreNoPowerOfTwo() {
        Job job = new Job("gpt2", ModelConfig.ofShape("gpt2-1024"), NumberType.FLOAT32, 12, 128, 0);
        List<Layout> layouts = Layouts.of(job, MachineFiles.parse("h100-80gb:6"));

        assertThat(layouts).anyMatch(layout -> layout.pipeline().stages() == 5);
        assertThat(layouts).anyMatch(layout -> layout.ranks() == 6);
        assertThat(layouts)
                .anyMatch(layout -> layout.ranks() == 2 && layout.pipeline().stages() == 3);
        assertThat(layouts).allMatch(layout -> 12 % (layout.ranks() * layout.microBatches()) == 0);
        assertThat(layouts).doesNotHaveDuplicates();
    }

    @Test
    void whatThisVersionCannotRunIsRankedApart() {
        Plan plan = plan("v100-32gb:2", training("gpt2-1024"));

        assertThat(plan.fitting()).isEmpty();
        assertThat(plan.otherVersions()).isNotEmpty();
        assertThat(plan.best()).isEmpty();
    }

    @Test
    void computingActivationsAgainHoldsFewerAndTakesLonger() {
        Job job = training("gpt2-1024");
        PipelineLayout again = new PipelineLayout(2, "even", "gpipe", 1, ActivationCheckpointing.ALWAYS);
        PipelineLayout kept = new PipelineLayout(2, "even", "gpipe", 1, ActivationCheckpointing.NEVER);

        Prediction first = predict("h100-80gb:2", job, new Layout(1, again, 8, 1));
        Prediction second = predict("h100-80gb:2", job, new Layout(1, kept, 8, 1));

        assertThat(first.needed()).isLessThan(second.needed());
        assertThat(first.time().seconds()).isGreaterThan(second.time().seconds());
    }

    @Test
    void aRingSendsTwiceAllButOnePart() {
        assertThat(Ring.volume(1, 1000)).isZero();
        assertThat(Ring.volume(2, 1000)).isEqualTo(1000);
        assertThat(Ring.volume(8, 1000)).isEqualTo(2 * 7 * 125);
    }

    @Test
    void productsOfALayerAreThoseOfThePapers() {
        ModelConfig model = ModelConfig.ofShape("gpt2-1024");
        Work.Tokens tokens = new Work.Tokens(1, 1000, 0);

        // 2 × tokens × weights: 4 C² for attention, 8 C² for the MLP (Kaplan et al. 2020, table 1)
        assertThat(Work.attention(model, tokens).flops()).isEqualTo(2.0 * 1000 * 4 * 768 * 768);
        assertThat(Work.mlp(model, tokens).flops()).isEqualTo(2.0 * 1000 * 8 * 768 * 768);
        assertThat(Work.head(model, tokens).flops()).isEqualTo(2.0 * 1000 * 768 * 50_257);
    }

    private static Job training(String shape) {
        return new Job(shape, ModelConfig.ofShape(shape), NumberType.FLOAT32, 8, 128, 0);
    }

    private static Job generation(String type, int prompts) {
        return new Job("llama2-7b", ModelConfig.ofShape("llama2-7b"), NumberType.parse(type), prompts, 32, 64);
    }

    private static Layout alone(int microBatches) {
        return new Layout(1, PipelineLayout.SINGLE, microBatches, 1);
    }

    private static Layout stages(int count, int microBatches) {
        return new Layout(1, PipelineLayout.of(count, "even"), microBatches, 1);
    }

    private static Plan plan(String machine, Job job) {
        return Planner.byRates(job, MachineFiles.parse(machine)).plan();
    }

    private static Prediction predict(String machine, Job job, Layout layout) {
        return Planner.byRates(job, MachineFiles.parse(machine)).predict(layout);
    }
}
