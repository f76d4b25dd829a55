package dev.trireme.cli;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.PipelineSetting;
import dev.trireme.config.PipelineLayout;
import dev.trireme.cost.CostMeter;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Execution;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import dev.trireme.plan.StepPredictor;
import java.util.OptionalDouble;

/** What the planner says of settings that are about to be measured, in milliseconds. */
final class BenchPredictions {
    private final StepPredictor predictor = new StepPredictor(CostMeter.ofUser(), System.err);

    /** Of a step. */
    OptionalDouble of(BenchConfig config) {
        Job job = job(config.shape(), config.batch(), config.length(), 0, NumberType.FLOAT32);
        Layout layout = new Layout(config.worldSize(), PipelineLayout.SINGLE, 1, config.threads());
        return OptionalDouble.of(1e3 * predictor.predict(job, layout).time().seconds());
    }

    /** Of a step; that of a clocked one is longer by what tasks of a clock wait for each other. */
    OptionalDouble of(PipelineSetting setting) {
        if (setting.execution() != Execution.EAGER) {
            return OptionalDouble.empty();
        }
        int rows = setting.microBatches() * setting.microBatchSize();
        Job job = job(setting.shape(), rows, setting.length(), 0, NumberType.FLOAT32);
        Layout layout = new Layout(1, setting.layout(), setting.microBatches(), setting.threads());
        return OptionalDouble.of(1e3 * predictor.predict(job, layout).time().seconds());
    }

    /** Of a decode step; without a cache there is none. */
    OptionalDouble of(InferenceConfig config) {
        if (!config.cache()) {
            return OptionalDouble.empty();
        }
        NumberType type = config.weights() == Weights.BFLOAT16 ? NumberType.BFLOAT16 : NumberType.FLOAT32;
        Job job = job(config.shape(), config.batch(), config.prompt(), config.newTokens(), type);
        GenerationLayout spread = config.strategy().layout(config.threads());
        Layout layout = new Layout(spread.worldSize(), spread.pipeline(), spread.microBatches(), config.threads());
        return OptionalDouble.of(1e3 * predictor.predict(job, layout).time().tokenSeconds());
    }

    private static Job job(String shape, int rows, int length, int newTokens, NumberType type) {
        return new Job(shape, ModelConfig.ofShape(shape), type, rows, length, newTokens);
    }
}
