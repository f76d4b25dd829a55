package dev.trireme.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.model.ModelConfig;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class PlannerTest {
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
        assertThat(Reasons.best(plan)).isPresent();
        assertThat(Reasons.runnerUp(plan)).isPresent();
        assertThat(PlanPage.of(plan, "bin/trireme train"))
                .doesNotContain("http")
                .contains("color-scheme");
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
