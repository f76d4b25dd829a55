package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What holds for every size, fewer micro-batches than devices among them. */
class SchedulePropertiesTest {
    private static final Offset<Double> TINY = Offset.offset(1e-12);
    private static final Cost EQUAL = new Cost(1, 1, 1);

    private interface OfSizes {
        void check(int microBatches, int devices);
    }

    private static void everySize(OfSizes promise) {
        for (int p = 1; p <= 6; p++) {
            for (int m = 1; m <= 9; m++) {
                promise.check(m, p);
            }
        }
    }

    @Test
    void everyScheduleIsCompleteInOrderAndEnds() {
        everySize((m, p) -> {
            for (Schedule schedule : all(m, p)) { // the constructor has checked them; this counts without it
                int kinds = schedule.splitsWeights() ? 3 : 2;
                assertThat(schedule.clocks().stream().flatMap(List::stream).distinct())
                        .as(schedule.name())
                        .hasSize(kinds * m * schedule.stages());
                assertThat(schedule.microBatches()).isEqualTo(m);
                assertThat(schedule.devices()).isEqualTo(p);
            }
        });
    }

    @Test
    void gradientsOfAStageAreAlwaysSummedInTheSameOrder() {
        everySize((m, p) -> {
            for (Schedule schedule : all(m, p)) {
                TaskKind sums = schedule.splitsWeights() ? TaskKind.WEIGHT : TaskKind.BACKWARD;
                for (int stage = 0; stage < schedule.stages(); stage++) {
                    int wanted = stage;
                    assertThat(schedule.tasks().get(schedule.deviceOf(stage)).stream()
                                    .filter(task -> task.stage() == wanted && task.kind() == sums)
                                    .map(Task::microBatch))
                            .as("%s, stage %d", schedule.name(), stage)
                            .containsExactlyElementsOf(
                                    IntStream.range(0, m).boxed().toList());
                }
            }
        });
    }

    @Test
    void noDeviceHoldsMoreActivationsThanPromised() {
        everySize((m, p) -> {
            for (int s = 0; s < p; s++) {
                assertThat(Schedules.gPipe(m, p).liveActivations(s)).isEqualTo(m);
                assertThat(Schedules.oneForwardOneBackward(m, p).liveActivations(s))
                        .isEqualTo(Math.min(m, p - s));
                assertThat(Schedules.zeroBubble(m, p).liveActivations(s)).isEqualTo(Math.min(m, p));
                for (int v = 2; v <= 3 && m % p == 0; v++) {
                    assertThat(Schedules.interleaved(m, p, v).liveActivations(s))
                            .isEqualTo(Math.min(v * m, 2 * (p - 1 - s) + (v - 1) * p + 1));
                }
            }
        });
    }

    @Test
    void bubbleIsWhatTheorySays() {
        everySize((m, p) -> {
            double classic = (p - 1.0) / (m + p - 1);
            assertThat(bubble(Schedules.gPipe(m, p))).isCloseTo(classic, TINY);
            assertThat(bubble(Schedules.oneForwardOneBackward(m, p))).isCloseTo(classic, TINY);
            assertThat(ClockCycles.bubble(m, p)).isCloseTo(classic, TINY);
            for (int v = 1; v <= 3 && m % p == 0; v++) {
                assertThat(bubble(Schedules.interleaved(m, p, v))).isCloseTo((p - 1.0) / (v * m + p - 1), TINY);
            }
            if (m >= p) { // a third of the idle time of 1F1B, Qi et al. 2023, table 2 with equal times
                assertThat(bubble(Schedules.zeroBubble(m, p))).isCloseTo((p - 1.0) / (3 * m + p - 1), TINY);
            } else {
                assertThat(bubble(Schedules.zeroBubble(m, p))).isLessThan(classic);
            }
        });
    }

    @Test
    void writtenAndReadAgainAScheduleIsTheSame() {
        everySize((m, p) -> {
            for (Schedule schedule : all(m, p)) {
                assertThat(ScheduleText.parse(schedule.name(), ScheduleText.print(schedule)))
                        .isEqualTo(schedule);
            }
        });
    }

    private static List<Schedule> all(int m, int p) {
        List<Schedule> all = new ArrayList<>(
                List.of(Schedules.gPipe(m, p), Schedules.oneForwardOneBackward(m, p), Schedules.zeroBubble(m, p)));
        for (int v = 1; v <= 3 && m % p == 0; v++) {
            all.add(Schedules.interleaved(m, p, v));
        }
        return all;
    }

    private static double bubble(Schedule schedule) {
        return Simulation.run(schedule, Collections.nCopies(schedule.stages(), EQUAL))
                .bubble();
    }
}
