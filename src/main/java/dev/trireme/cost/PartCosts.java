package dev.trireme.cost;

import dev.trireme.schedule.StageCosts;

/** What one run of {@link CostRun} measured. */
record PartCosts(StageCosts parts, UpdateCosts update) {}
