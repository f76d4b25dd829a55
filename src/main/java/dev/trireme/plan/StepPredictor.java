package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import dev.trireme.cost.CostMeter;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Predicts single settings on this machine, which is measured when it is first asked for. */
public final class StepPredictor {
    private final CostMeter meter;
    private final OutputStream errors;
    private final Map<Job, Planner> planners = new HashMap<>();

    /**
     * A predictor that knows nothing yet.
     *
     * @param meter measures, or knows
     * @param errors where the standard error of ranks goes
     */
    public StepPredictor(CostMeter meter, OutputStream errors) {
        NullChecks.require("meter", meter, "errors", errors);
        this.meter = meter;
        this.errors = errors;
    }

    /**
     * Predicts a setting.
     *
     * @param job what is done
     * @param layout how
     * @return what the planner says of it
     */
    public Prediction predict(Job job, Layout layout) {
        NullChecks.require("job", job);
        Objects.requireNonNull(layout, "layout");
        return planners.computeIfAbsent(
                        job, none -> Planner.byMeasuring(job, ThisMachine.measured(meter, errors), meter, line -> {}))
                .predict(layout);
    }
}
