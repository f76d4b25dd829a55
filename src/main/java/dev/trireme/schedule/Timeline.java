package dev.trireme.schedule;

import dev.trireme.config.Requirements;
import java.util.List;
import java.util.Objects;

/**
 * Start and end of every task, measured or simulated.
 *
 * @param devices that took part, idle ones too
 * @param events in any order, at least one
 */
public record Timeline(int devices, List<TimelineEvent> events) {
    /**
     * Keeps a copy of the list.
     *
     * @throws IllegalArgumentException without events, or for an event of a device that there is not
     */
    public Timeline {
        Objects.requireNonNull(events, "events");
        events = List.copyOf(events);
        Requirements.positive("number of events", events.size());
        for (TimelineEvent event : events) {
            if (event.device() < 0 || event.device() >= devices) {
                throw new IllegalArgumentException("device " + event.device() + " of an event is none of " + devices
                        + "; use 0 to " + (devices - 1));
            }
        }
    }

    /**
     * Start of the first task.
     *
     * @return nanoseconds on the clock of the events
     */
    public long startNanos() {
        return events.stream().mapToLong(TimelineEvent::startNanos).min().orElseThrow();
    }

    /**
     * Time from the first start to the last end.
     *
     * @return nanoseconds
     */
    public long makespanNanos() {
        return events.stream().mapToLong(TimelineEvent::endNanos).max().orElseThrow() - startNanos();
    }

    /**
     * Compute time of a device.
     *
     * @param device its number
     * @return nanoseconds, the sum over its events
     */
    public long busyNanos(int device) {
        return events.stream()
                .filter(event -> event.device() == device)
                .mapToLong(TimelineEvent::nanos)
                .sum();
    }

    /**
     * The share of the devices' time in which they were idle.
     *
     * @return 0 to 1
     */
    public double bubble() {
        long available = devices * makespanNanos();
        long busy = events.stream().mapToLong(TimelineEvent::nanos).sum();
        return available == 0 ? 0 : (available - busy) / (double) available;
    }
}
