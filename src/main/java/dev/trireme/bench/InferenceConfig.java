package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import dev.trireme.engine.Weights;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;
import java.util.Locale;
import java.util.Objects;

/**
 * Settings of a generation measurement.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param batch prompts at once
 * @param prompt tokens of each
 * @param newTokens appended to each: one by the prefill, every other by a decode step
 * @param threads of every operator
 * @param weights float32 or bfloat16
 * @param cache whether keys and values are cached; otherwise each step recomputes the whole prefix
 * @param repetitions measured prefills
 * @param strategy how prompts and model are spread
 * @param device what it runs on
 */
public record InferenceConfig(
        String shape,
        int batch,
        int prompt,
        int newTokens,
        int threads,
        Weights weights,
        boolean cache,
        int repetitions,
        GenerationStrategy strategy,
        BenchDevice device)
        implements Planned {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public InferenceConfig {
        NullChecks.require("shape", shape, "weights", weights, "strategy", strategy, "device", device);
        int positions = ModelConfig.ofShape(shape).positions();
        Requirements.within("batch", batch, 1, 1024);
        Requirements.within("new", newTokens, 2, positions - 1);
        Requirements.within("prompt", prompt, 1, positions - newTokens);
        Requirements.within("threads", threads, 1, 1024);
        Requirements.within("repetitions", repetitions, 1, 1000);
        if (batch < strategy.atOnce()) {
            throw new IllegalArgumentException("batch is " + batch + ", too few prompts for " + strategy + "; use "
                    + strategy.atOnce() + " or more");
        }
        if (weights == Weights.TRAINABLE) {
            throw new IllegalArgumentException("dtype is that of a training model; use float32 or bfloat16");
        }
    }

    /**
     * Settings on the processors.
     *
     * @param shape name of the model's shape
     * @param batch prompts at once
     * @param prompt tokens of each
     * @param newTokens appended to each
     * @param threads of every operator
     * @param weights float32 or bfloat16
     * @param cache whether keys and values are cached
     * @param repetitions measured prefills
     * @param strategy how prompts and model are spread
     */
    public InferenceConfig(
            String shape,
            int batch,
            int prompt,
            int newTokens,
            int threads,
            Weights weights,
            boolean cache,
            int repetitions,
            GenerationStrategy strategy) {
        this(shape, batch, prompt, newTokens, threads, weights, cache, repetitions, strategy, BenchDevice.CPU);
    }

    /**
     * These settings elsewhere.
     *
     * @param other what it runs on
     * @return the changed copy
     */
    public InferenceConfig withDevice(BenchDevice other) {
        Objects.requireNonNull(other, "other");
        return new InferenceConfig(
                shape, batch, prompt, newTokens, threads, weights, cache, repetitions, strategy, other);
    }

    @Override
    public Job job() {
        NumberType type = weights == Weights.BFLOAT16 ? NumberType.BFLOAT16 : NumberType.FLOAT32;
        return new Job(shape, model(), type, batch, prompt, newTokens);
    }

    @Override
    public Layout spread() {
        GenerationLayout layout = strategy.layout(threads);
        return new Layout(layout.worldSize(), layout.pipeline(), layout.microBatches(), threads);
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    /**
     * The type of the weights.
     *
     * @return {@code float32} or {@code bfloat16}
     */
    public String dtype() {
        return weights.name().toLowerCase(Locale.ROOT);
    }
}
