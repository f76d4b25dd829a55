package dev.trireme.cluster;

import dev.trireme.config.NullChecks;
import dev.trireme.schedule.Timeline;
import java.util.Comparator;
import java.util.List;

/**
 * A step as it would be.
 *
 * @param devices that take part
 * @param pipelines the kinds of replicas that there are
 * @param tasksSeconds from the first task to the last of all
 * @param reducedSeconds until the last device has its sums; no less than {@code tasksSeconds}
 * @param seconds until the last device has updated its weights
 */
public record ClusterRun(
        int devices, List<Pipelines> pipelines, double tasksSeconds, double reducedSeconds, double seconds) {
    /**
     * Replicas that are alike: their devices are as fast, and the links between them too.
     *
     * @param replicas how many
     * @param timeline of each, from 0 on
     */
    public record Pipelines(int replicas, Timeline timeline) {
        /** Nothing may be missing. */
        public Pipelines {
            NullChecks.require("timeline", timeline);
        }
    }

    /** Keeps a copy of the list. */
    public ClusterRun {
        NullChecks.require("pipelines", pipelines);
        pipelines = List.copyOf(pipelines);
    }

    /**
     * The part of the all-reduce that no task hides.
     *
     * @return seconds
     */
    public double exposedSeconds() {
        return reducedSeconds - tasksSeconds;
    }

    /**
     * The share of all devices' time, to the end of the step, in which they run tasks.
     *
     * @return 0 to 1
     */
    public double busyShare() {
        double busy = 0;
        for (Pipelines some : pipelines) {
            Timeline timeline = some.timeline;
            busy += some.replicas * (1 - timeline.bubble()) * timeline.devices() * (timeline.makespanNanos() / 1e9);
        }
        return seconds == 0 ? 0 : busy / (devices * seconds);
    }

    /**
     * The kind of replica whose tasks end last.
     *
     * @return its timeline, and how many there are
     */
    public Pipelines slowest() {
        return pipelines.stream()
                .max(Comparator.comparingLong(some -> some.timeline.makespanNanos()))
                .orElseThrow();
    }
}
