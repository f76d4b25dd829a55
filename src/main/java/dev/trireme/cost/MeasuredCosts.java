package dev.trireme.cost;

import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.TaskKind;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** The costs of stages by a measured timeline: the mean of each kind of task. */
public final class MeasuredCosts {
    private MeasuredCosts() {}

    /**
     * Costs for {@link Simulation}, which draws the same schedule without waits.
     *
     * @param timeline measured
     * @param stages of the pipeline
     * @return one cost a stage
     */
    public static List<Cost> of(Timeline timeline, int stages) {
        Objects.requireNonNull(timeline, "timeline");
        return IntStream.range(0, stages)
                .mapToObj(stage -> new Cost(
                        mean(timeline, stage, TaskKind.FORWARD),
                        mean(timeline, stage, TaskKind.BACKWARD),
                        mean(timeline, stage, TaskKind.WEIGHT)))
                .toList();
    }

    private static double mean(Timeline timeline, int stage, TaskKind kind) {
        return timeline.events().stream()
                        .filter(event -> event.stage() == stage && event.kind() == kind)
                        .mapToLong(TimelineEvent::nanos)
                        .average()
                        .orElse(0)
                / 1e9;
    }
}
