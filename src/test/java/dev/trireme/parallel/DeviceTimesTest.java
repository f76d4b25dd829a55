package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.schedule.TaskKind;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceTimesTest {
    private static final Timeline ISSUED = new Timeline(
            2,
            List.of(
                    new TimelineEvent(0, 0, TaskKind.BACKWARD, 0, 1_030, 1_040),
                    new TimelineEvent(0, 0, TaskKind.FORWARD, 0, 1_000, 1_010),
                    new TimelineEvent(1, 1, TaskKind.FORWARD, 0, 1_011, 1_020)));

    @Test
    void tasksHaveTheTimesAtWhichTheirDeviceRanThem() {
        Timeline ran =
                DeviceTimes.of(ISSUED, 900, List.of(new long[] {200, 700, 5_000, 9_000}, new long[] {800, 4_000}));
        assertThat(ran.events())
                .containsExactlyInAnyOrder(
                        new TimelineEvent(0, 0, TaskKind.FORWARD, 0, 1_100, 1_600),
                        new TimelineEvent(0, 0, TaskKind.BACKWARD, 0, 5_900, 9_900),
                        new TimelineEvent(1, 1, TaskKind.FORWARD, 0, 1_700, 4_900));
    }

    @Test
    void theHostsClockStandsWhereADeviceHasNone() {
        assertThat(DeviceTimes.of(ISSUED, 900, List.of(new long[0], new long[0]))
                        .events())
                .containsExactlyInAnyOrderElementsOf(ISSUED.events());
    }
}
