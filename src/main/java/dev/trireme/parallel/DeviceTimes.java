package dev.trireme.parallel;

import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Puts the times at which devices ran tasks in the place of those at which the host issued them. */
final class DeviceTimes {
    private DeviceTimes() {}

    /**
     * Of a step that has ended.
     *
     * @param issued what the host has seen
     * @param begunNanos when the step began, on the host's clock; devices were idle then
     * @param nanos of each stage, begin and end of its tasks since then, in order; empty where the host's clock tells as much
     */
    static Timeline of(Timeline issued, long begunNanos, List<long[]> nanos) {
        List<TimelineEvent> events = IntStream.range(0, nanos.size())
                .mapToObj(stage -> of(tasksOf(issued, stage), begunNanos, nanos.get(stage)))
                .flatMap(List::stream)
                .toList();
        return new Timeline(issued.devices(), events);
    }

    private static List<TimelineEvent> of(List<TimelineEvent> tasks, long begunNanos, long[] nanos) {
        if (nanos.length != 2 * tasks.size()) {
            return tasks;
        }
        List<TimelineEvent> events = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            TimelineEvent task = tasks.get(i);
            events.add(new TimelineEvent(
                    task.device(),
                    task.stage(),
                    task.kind(),
                    task.microBatch(),
                    begunNanos + nanos[2 * i],
                    begunNanos + nanos[2 * i + 1]));
        }
        return events;
    }

    /** The host issues a stage's tasks one after the other. */
    private static List<TimelineEvent> tasksOf(Timeline issued, int stage) {
        return issued.events().stream()
                .filter(event -> event.stage() == stage)
                .sorted(Comparator.comparingLong(TimelineEvent::startNanos))
                .toList();
    }
}
