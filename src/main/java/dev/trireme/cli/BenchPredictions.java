package dev.trireme.cli;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.bench.Planned;
import dev.trireme.cost.CostMeter;
import dev.trireme.parallel.Execution;
import dev.trireme.plan.StepPredictor;
import dev.trireme.plan.StepTime;
import java.util.OptionalDouble;

/** What the planner says of settings that are about to be measured, in milliseconds. */
final class BenchPredictions {
    private final StepPredictor predictor = new StepPredictor(CostMeter.ofUser(), System.err);

    /** Of a step; on GPUs there is none. */
    OptionalDouble of(BenchConfig config) {
        return config.device().runsOnCpu()
                ? OptionalDouble.of(1e3 * time(config).seconds())
                : OptionalDouble.empty();
    }

    /** Of a step; that of a clocked one is longer by what tasks of a clock wait for each other. */
    OptionalDouble of(PipelineSetting setting) {
        return setting.execution() == Execution.EAGER
                ? OptionalDouble.of(1e3 * time(setting).seconds())
                : OptionalDouble.empty();
    }

    /** Of a decode step; without a cache and on GPUs there is none. */
    OptionalDouble of(InferenceConfig config) {
        return config.cache() && config.device().runsOnCpu()
                ? OptionalDouble.of(1e3 * time(config).tokenSeconds())
                : OptionalDouble.empty();
    }

    private StepTime time(Planned setting) {
        return predictor.predict(setting.job(), setting.spread()).time();
    }
}
