package dev.trireme.schedule;

import dev.trireme.config.NullChecks;
import java.util.Optional;

/**
 * What a search came to.
 *
 * @param schedule the fastest that was found
 * @param nanos its makespan in {@link Simulation}
 * @param named the fastest of {@link Schedules} for the same stages that keeps the cap; nothing if none does
 * @param boundNanos which no schedule can beat under the cap; it may lie below what can be reached
 */
public record FoundSchedule(Schedule schedule, long nanos, Optional<Named> named, long boundNanos) {
    /** Nothing may be missing. */
    public FoundSchedule {
        NullChecks.require("schedule", schedule, "named", named);
    }

    /**
     * One of the known schedules.
     *
     * @param name such as {@code 1f1b}
     * @param nanos its makespan in {@link Simulation}
     */
    public record Named(String name, long nanos) {
        /** Nothing may be missing. */
        public Named {
            NullChecks.require("name", name);
        }
    }

    /**
     * Whether no schedule is faster, for sure.
     *
     * @return true if it reaches the bound
     */
    public boolean isFastest() {
        return nanos == boundNanos;
    }
}
