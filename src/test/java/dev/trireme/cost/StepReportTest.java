package dev.trireme.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.trireme.cost.StepReport.DeviceTime;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Schedules;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.Timeline;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StepReportTest {
    private static final Schedule SCHEDULE = Schedules.gPipe(2, 2);

    /**
     * In milliseconds, forward and backward of device 0 take 10 and 20, those of device 1 take 5 and 15:
     *
     * <pre>
     *   0 .. 10 .. 20 ..............40...............60....80
     *   F0   F1              B0 at 30 ....50  B1 ....70
     * </pre>
     */
    private static final Timeline TIMELINE =
            Simulation.run(SCHEDULE, List.of(new Cost(0.010, 0.020, 0), new Cost(0.005, 0.015, 0)));

    private final StepReport report = StepReport.of(SCHEDULE, TIMELINE, millis(2, 0), millis(3, 1), 90_000_000);

    @Test
    void everyMillisecondOfADeviceIsNamed() {
        assertThat(TIMELINE.makespanNanos()).isEqualTo(80_000_000);
        assertThat(report.devices())
                .containsExactly(
                        new DeviceTime(58_000_000, 20_000_000, 2_000_000, 3_000_000),
                        new DeviceTime(40_000_000, 40_000_000, 0, 1_000_000));
        assertThat(report.tasksNanos()).isEqualTo(80_000_000);
        assertThat(report.bubble()).isCloseTo(60 / 160.0, within(1e-12));
        assertThat(report.bubbleTheory()).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void factorsAreWhatTheirNamesSay() {
        // all-reduce 4 and copying 2 are exchange, 90 - 80 - 4 = 6 is the update
        assertThat(report.balance()).isCloseTo((64 + 46) / 2.0 / 64, within(1e-12));
        assertThat(report.fill()).isCloseTo(64 / 84.0, within(1e-12));
        assertThat(report.communication()).isCloseTo(84 / 90.0, within(1e-12));
        assertThat(report.kernelSize(99_000_000)).isCloseTo(99 / 110.0, within(1e-12));
    }

    @Test
    void theirProductIsTheEfficiency() {
        long oneDevice = 99_000_000;
        assertThat(report.efficiency(oneDevice))
                .isCloseTo(99 / 180.0, within(1e-12))
                .isCloseTo(
                        report.balance() * report.fill() * report.communication() * report.kernelSize(oneDevice),
                        within(1e-12));
    }

    @Test
    void peopleReadOneLineADevice() {
        assertThat(report.text().lines())
                .containsExactly(
                        "device 0: busy 58.0 ms, waiting for input 20.0 ms, copying 2.0 ms, all-reduce 3.0 ms",
                        "device 1: busy 40.0 ms, waiting for input 40.0 ms, copying 0.0 ms, all-reduce 1.0 ms",
                        "bubble 37.5 %, where (p - 1) / (m + p - 1) is 33.3 %; "
                                + "balance 0.859 × fill 0.762 × communication 0.933");
    }

    @Test
    void theTypicalStepIsNeitherTheFastestNorTheSlowest() {
        StepReport fast = StepReport.of(SCHEDULE, TIMELINE, millis(0, 0), millis(0, 0), 81_000_000);
        StepReport slow = StepReport.of(SCHEDULE, TIMELINE, millis(0, 0), millis(0, 0), 99_000_000);
        assertThat(StepReport.typical(List.of(slow, report, fast))).isEqualTo(report);
    }

    private static List<Long> millis(long... values) {
        return LongStream.of(values).mapToObj(value -> value * 1_000_000).toList();
    }
}
