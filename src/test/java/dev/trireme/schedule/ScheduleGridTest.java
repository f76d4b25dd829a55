package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScheduleGridTest {
    @Test
    void hasARowForEachDeviceAndAColumnForEachClock() {
        ScheduleGrid grid = new ScheduleGrid(Schedules.oneForwardOneBackward(4, 3), 2);
        assertThat(grid.draw(120)).isEqualTo("""
                           0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17
                device 0  F0 F1 F2  .  .  .  . B0  = F3 B1  =  . B2  =  . B3  =
                device 1   . F0 F1  .  . B0  = F2 B1  = F3 B2  =  . B3  =  .  .
                device 2   .  . F0 B0  = F1 B1  = F2 B2  = F3 B3  =  .  .  .  .
                """);
        assertThat(grid.clocks()).isEqualTo(18);
        assertThat(grid.bubble()).isEqualTo(2.0 / 6);
    }

    @Test
    void sharesTheBackwardPassOutToGradientsOfInputAndWeights() {
        assertThat(new ScheduleGrid(Schedules.zeroBubble(2, 2), 3).draw(120)).isEqualTo("""
                           0  1  2  3  4  5  6  7  8  9
                device 0  F0 F1  .  . B0  = W0 B1  = W1
                device 1   . F0 B0  = F1 B1  = W0 W1  .
                """);
        assertThatThrownBy(() -> new ScheduleGrid(Schedules.zeroBubble(2, 2), 1))
                .hasMessage("backward cost 1 leaves a task of zero-bubble without a clock; use 2 or more");
        assertThatThrownBy(() -> new ScheduleGrid(Schedules.gPipe(2, 2), 0)).hasMessageContaining("use 1 or more");
    }

    @Test
    void goesOnBelowWhereTheTerminalIsNarrow() {
        assertThat(new ScheduleGrid(Schedules.interleaved(1, 1, 2), 1).draw(21)).isEqualTo("""
                             0    1
                device 0    F0 F0.1

                             2    3
                device 0  B0.1   B0
                """);
    }
}
