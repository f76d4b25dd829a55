package dev.trireme.train;

import dev.trireme.config.NullChecks;
import dev.trireme.cost.MeasuredCosts;
import dev.trireme.cost.StepReport;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.Timeline;

/**
 * Timing of rank 0's stages in a step.
 *
 * @param report breakdown of its time
 * @param theory simulation of the schedule with the mean costs of the measured tasks
 * @param measured timeline of its tasks
 */
public record StageMetrics(StepReport report, Timeline theory, Timeline measured) implements RunEvent {
    /** Checks that no component is null. */
    public StageMetrics {
        NullChecks.require("report", report, "theory", theory, "measured", measured);
    }

    static StageMetrics of(Schedule schedule, StepReport report, Timeline measured) {
        Timeline theory = Simulation.run(schedule, MeasuredCosts.of(measured, schedule.stages()));
        return new StageMetrics(report, theory, measured);
    }
}
