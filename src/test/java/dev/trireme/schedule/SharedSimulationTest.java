package dev.trireme.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SharedSimulationTest {
    private static final Cost COST = new Cost(0.01, 0.012, 0.008);

    @ParameterizedTest
    @ValueSource(strings = {"gpipe", "1f1b", "zero-bubble", "interleaved"})
    void onAsManyCoresAsDevicesNothingChanges(String name) {
        Schedule schedule = Schedules.named(name, 8, 4, 2);
        List<Cost> costs = Collections.nCopies(schedule.stages(), COST);

        long alone = Simulation.run(schedule, costs).makespanNanos();
        long shared =
                Simulation.shared(schedule, costs, costs, new Sharing(4, 1)).makespanNanos();

        assertThat((double) shared).isCloseTo((double) alone, within(100.0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpipe", "1f1b", "zero-bubble"})
    void oneCoreTakesTheSumOfAllTasksHoweverTheyAreScheduled(String name) {
        Schedule schedule = Schedules.named(name, 8, 4, 1);
        List<Cost> costs = Collections.nCopies(4, COST);

        long shared =
                Simulation.shared(schedule, costs, costs, new Sharing(1, 1)).makespanNanos();

        assertThat(shared / 1e9).isCloseTo(8 * 4 * COST.seconds(), within(1e-6));
    }

    @Test
    void twoReplicasOnTwoCoresTakeTheBusyTime() {
        Schedule schedule = Schedules.oneForwardOneBackward(3, 1);
        Cost busy = new Cost(0.02, 0.024, 0.016);

        Timeline timeline = Simulation.shared(schedule, List.of(COST), List.of(busy), new Sharing(2, 2));

        assertThat(timeline.makespanNanos() / 1e9).isCloseTo(3 * busy.seconds(), within(1e-6));
    }

    @Test
    void fourStagesOfOneMicroBatchRunOneAtATimeAndAlone() {
        Schedule schedule = Schedules.gPipe(1, 4);
        List<Cost> busy = Collections.nCopies(4, new Cost(1, 1, 1));

        Timeline timeline = Simulation.shared(schedule, Collections.nCopies(4, COST), busy, new Sharing(2, 1));

        assertThat(timeline.makespanNanos() / 1e9).isCloseTo(4 * COST.seconds(), within(1e-6));
    }

    @Test
    void aTransferDelaysWhoWaitsForItOnly() {
        Schedule schedule = Schedules.gPipe(1, 2);
        List<Cost> costs = Collections.nCopies(2, COST);

        Timeline timeline = Simulation.run(schedule, costs, (from, to) -> 0.005);

        // forward across the one cut, and its gradient back
        assertThat(timeline.makespanNanos() / 1e9).isCloseTo(2 * COST.seconds() + 2 * 0.005, within(1e-6));
    }
}
