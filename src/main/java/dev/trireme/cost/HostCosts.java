package dev.trireme.cost;

import dev.trireme.config.NullChecks;
import dev.trireme.schedule.StageCosts;

/**
 * What the parts of a model cost on devices that share a host: cores share caches and memory, so that a part takes longer
 * while all of them compute.
 *
 * @param alone one micro-batch while nothing else runs
 * @param busy the same while every core does the same
 * @param updateAlone the end of a step while nothing else runs
 * @param updateBusy the same while every core does the same
 */
public record HostCosts(StageCosts alone, StageCosts busy, UpdateCosts updateAlone, UpdateCosts updateBusy) {
    /** Nothing may be missing. */
    public HostCosts {
        NullChecks.require("alone", alone, "busy", busy, "updateAlone", updateAlone, "updateBusy", updateBusy);
    }
}
