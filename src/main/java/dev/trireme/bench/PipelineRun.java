package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.schedule.Timeline;

/**
 * A pipeline measurement with the timelines of its median step.
 *
 * @param result the figures
 * @param theory the schedule simulated with the costs of the model's parts, measured alone
 * @param measured the median step
 */
public record PipelineRun(PipelineResult result, Timeline theory, Timeline measured) {
    /** Checks that no component is null. */
    public PipelineRun {
        NullChecks.require("result", result, "theory", theory, "measured", measured);
    }
}
