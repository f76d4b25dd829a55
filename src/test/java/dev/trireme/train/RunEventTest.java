package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunEventTest {
    @Test
    void everyEventHasAKind() {
        assertThat(Arrays.stream(EventKind.values()).map(EventKind::type).toList())
                .isEqualTo(List.of(RunEvent.class.getPermittedSubclasses()));
    }

    @Test
    void anEventSurvivesItsWayToTheLauncher() {
        List<RunEvent> events = List.of(
                MachineMetrics.here("started"),
                new RestartMetrics(5, "rank 1 was killed", 3, 0.25),
                new EpochStart(2, 3, 20),
                new StepMetrics(6, 2, Double.NaN, 100, 1000, 100, 1, 98, 1, 0, 1e-4),
                new CheckpointMetrics(5, 0.5, 1.5, 1000),
                new EpochSamples(2, List.of(new Translation("\"a\"", "b", "c"))),
                new Translations(List.of(new Translation("\"a\"\n", "b", "c"))),
                new ResultMetrics(1000, 4.25, 1.5, 6, true));
        List<RunEvent> told = new ArrayList<>();
        EventReader reader = new EventReader(told::add, System.err);
        events.forEach(event -> reader.accept(EventLine.write(event)));
        assertThat(told).isEqualTo(events);
    }

    @Test
    void bothListenersAreToldInTheirOrder() {
        List<String> told = new ArrayList<>();
        TrainListener one = event -> told.add("one");
        one.andThen(event -> told.add("two")).on(new EpochStart(1, 1, 1));
        assertThat(told).containsExactly("one", "two");
    }
}
