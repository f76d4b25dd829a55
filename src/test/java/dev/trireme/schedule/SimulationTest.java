package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SimulationTest {
    @Test
    void aTaskStartsWhenItsDeviceIsFreeAndItsInputsAreThere() {
        Timeline timeline = Simulation.run(
                Schedules.oneForwardOneBackward(2, 2), List.of(new Cost(1e-9, 2e-9, 0), new Cost(3e-9, 4e-9, 1e-9)));
        assertThat(timeline.events())
                .containsExactlyInAnyOrder(
                        new TimelineEvent(0, 0, TaskKind.FORWARD, 0, 0, 1),
                        new TimelineEvent(0, 0, TaskKind.FORWARD, 1, 1, 2),
                        new TimelineEvent(1, 1, TaskKind.FORWARD, 0, 1, 4),
                        new TimelineEvent(1, 1, TaskKind.BACKWARD, 0, 4, 9), // 4 and 1 for the weights
                        new TimelineEvent(0, 0, TaskKind.BACKWARD, 0, 9, 11),
                        new TimelineEvent(1, 1, TaskKind.FORWARD, 1, 9, 12),
                        new TimelineEvent(1, 1, TaskKind.BACKWARD, 1, 12, 17),
                        new TimelineEvent(0, 0, TaskKind.BACKWARD, 1, 17, 19));
        assertThat(timeline.makespanNanos()).isEqualTo(19);
        assertThat(timeline.busyNanos(0)).isEqualTo(6);
        assertThat(timeline.busyNanos(1)).isEqualTo(16);
        assertThat(timeline.bubble()).isEqualTo(16.0 / 38);
    }

    @Test
    void everyStageHasACost() {
        assertThatThrownBy(() -> Simulation.run(Schedules.gPipe(1, 2), List.of(Cost.NONE)))
                .hasMessage("costs of 1 stages for a schedule of 2; give one each");
    }

    @Test
    void aTimelineHasEventsOfItsDevicesOnly() {
        TimelineEvent event = new TimelineEvent(2, 2, TaskKind.FORWARD, 0, 5, 7);
        assertThatThrownBy(() -> new Timeline(2, List.of(event))).hasMessageContaining("device 2 of an event");
        assertThat(new Timeline(3, List.of(event)).bubble()).isEqualTo(2.0 / 3);
        assertThatThrownBy(() -> new TimelineEvent(0, 0, TaskKind.FORWARD, 0, 7, 5))
                .hasMessageContaining("ends at 5");
    }
}
