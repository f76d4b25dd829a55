package dev.trireme.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.model.ModelConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sentences about predictions that are made up, so that each figure is known. */
@Timeout(60)
class ReasonsIT {
    private static final Job TRAINING = new Job("tiny", ModelConfig.ofShape("tiny"), NumberType.FLOAT32, 8, 128, 0);

    @Test
    void theFastestIsSaidToBeWithTheShareInWhichDevicesCompute() {
        // tasks 1 - 0.1 - 0.1 of a second, three quarters of them not idle
        StepTime time = new StepTime(1, 0, 0, 0.25, 0.1, 0, 0.1, 0.1);

        assertThat(Reasons.best(plan(prediction(layout(1, 2, "1f1b", 4), time, 3_000_000_000L))))
                .contains(
                        "It is the fastest of 1 that fit: devices compute for 60 % of a step, the bubble is 25.0 %, and"
                                + " 100.0 ms of communication are exposed; most of the 3.00 GB that it needs of 10.00 GB is weights.");
    }

    @Test
    void theSimplestOfEqualOnesIsNotCalledTheFastest() {
        Plan plan = plan(prediction(layout(1, 2, "1f1b", 4), 1.0), prediction(layout(1, 1, "1f1b", 1), 1.009));

        assertThat(Reasons.best(plan))
                .hasValueSatisfying(text ->
                        assertThat(text).startsWith("It is the simplest within 1 % of the fastest of 2 that fit: "));
        assertThat(Reasons.runnerUp(plan))
                .contains("It takes as long within 1 %, and the first is simpler: it needs 1 of the devices, not 2.");
    }

    @ParameterizedTest(name = "{0} m {1}, {2} m {3}")
    @CsvSource({
        "1f1b, 8, gpipe, 8, '; only the order of its tasks differs'",
        "1f1b, 8, zero-bubble, 8, ', and the first is simpler: it cuts no backward pass in two'",
        "1f1b, 8, interleaved, 8, ', and the first is simpler: one stage on a device, not 2'",
        "gpipe, 1, 1f1b, 8, ', and the first is simpler: one micro-batch, not 8'",
    })
    void schedulesThatTakeAsLongAreToldApart(String first, int m, String second, int n, String end) {
        Plan plan = plan(prediction(layout(1, 2, second, n), 1.0), prediction(layout(1, 2, first, m), 1.002));

        assertThat(plan.compared().get(0).layout()).isEqualTo(layout(1, 2, first, m));
        assertThat(Reasons.runnerUp(plan)).contains("It takes as long within 1 %" + end + ".");
    }

    @Test
    void theScheduleThatHoldsLessIsSaidToDoSo() {
        Plan plan = plan(
                prediction(layout(1, 2, "gpipe", 8), time(1, 0), 5_000_000_000L),
                prediction(layout(1, 2, "1f1b", 8), time(1, 0), 2_000_000_000L));

        assertThat(Reasons.runnerUp(plan))
                .contains("It takes as long within 1 %, and the first holds less: 2.00 GB, not 5.00 GB.");
    }

    @Test
    void nothingThatIsNotSimplerIsCalledSo() {
        // 1.011 takes longer than the fastest by more than 1 %, but than the first by less
        Plan plan = plan(
                prediction(layout(2, 2, "1f1b", 4), 1.0),
                prediction(layout(2, 2, "1f1b", 2), 1.005),
                prediction(layout(1, 1, "1f1b", 1), 1.011));

        assertThat(plan.compared().get(0).layout().microBatches()).isEqualTo(2);
        assertThat(Reasons.runnerUp(plan)).contains("It takes as long within 1 %.");
    }

    @Test
    void theSecondIsSaidToTakeLongerByWhatDiffersMost() {
        Plan plan = plan(
                prediction(layout(1, 2, "1f1b", 8), time(1, 0.1), 1),
                prediction(layout(1, 2, "gpipe", 8), time(1.2, 0.25), 1));

        assertThat(Reasons.runnerUp(plan)).contains("It takes 20 % longer: its bubble is 25.0 % instead of 10.0 %.");
    }

    @Test
    void onACpuTheHostsMemoryIsWhatIsTooSmall() {
        Prediction one = new Prediction(
                layout(1, 1, "1f1b", 1),
                List.of(bytes(30_000_000_000L)),
                30_000_000_000L,
                10_000_000_000L,
                time(1, 0),
                1,
                Optional.empty());

        assertThat(Reasons.cure(Plan.of(TRAINING, Machines.cpu(1, 4), List.of(one))))
                .contains(
                        "1 rank × 1 stage, m 1 needs 30.00 GB on this host where 10.00 GB are free, most of it weights; it"
                                + " would fit with 16-bit numbers, or 30.00 GB of free memory.");
    }

    private static Plan plan(Prediction... all) {
        return Plan.of(TRAINING, Machines.cpu(1, 4), Arrays.asList(all));
    }

    private static Layout layout(int ranks, int stages, String schedule, int microBatches) {
        int chunks = schedule.equals("interleaved") ? 2 : 1;
        String split = stages == 1 ? "even" : "balanced";
        return new Layout(
                ranks,
                new PipelineLayout(stages, split, schedule, chunks, ActivationCheckpointing.NEVER),
                microBatches,
                1);
    }

    private static Prediction prediction(Layout layout, double seconds) {
        return prediction(layout, time(seconds, 0), 1_000_000_000L);
    }

    private static Prediction prediction(Layout layout, StepTime time, long needed) {
        return new Prediction(layout, List.of(bytes(needed)), needed, 10_000_000_000L, time, 1, Optional.empty());
    }

    private static StepTime time(double seconds, double bubble) {
        return new StepTime(seconds, 0, 0, bubble, 0, 0, 0, 0);
    }

    private static DeviceBytes bytes(long weights) {
        return new DeviceBytes(weights, 0, 0, 0, 0, 0);
    }
}
