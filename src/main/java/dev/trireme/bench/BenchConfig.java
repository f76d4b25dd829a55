package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Reduction;
import dev.trireme.config.Requirements;
import dev.trireme.model.ModelConfig;
import dev.trireme.plan.Job;
import dev.trireme.plan.Layout;
import dev.trireme.plan.NumberType;

/**
 * Settings of a data-parallel measurement.
 *
 * @param shape name of the model's shape, as {@link ModelConfig#ofShape} knows it
 * @param worldSize ranks, each a process with a copy of the model
 * @param threads of each rank
 * @param batch rows of a step over all ranks
 * @param length tokens of a row
 * @param warmup steps before the measured ones
 * @param steps measured steps of an epoch
 * @param epochs measured one after the other
 * @param reduction how gradients are averaged
 * @param device what it runs on
 */
public record BenchConfig(
        String shape,
        int worldSize,
        int threads,
        int batch,
        int length,
        int warmup,
        int steps,
        int epochs,
        Reduction reduction,
        BenchDevice device)
        implements Planned {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public BenchConfig {
        NullChecks.require("shape", shape, "reduction", reduction, "device", device);
        int positions = ModelConfig.ofShape(shape).positions();
        Requirements.within("worldSize", worldSize, 1, 1024);
        Requirements.within("threads", threads, 1, 1024);
        Requirements.within("batch", batch, 1, 1 << 20);
        Requirements.within("length", length, 2, positions);
        Requirements.within("warmup", warmup, 1, 1_000_000);
        Requirements.within("steps", steps, 1, 1_000_000);
        Requirements.within("epochs", epochs, 1, 10_000);
        if (batch % worldSize != 0) {
            throw new IllegalArgumentException("batch " + batch + " cannot be shared equally by " + worldSize
                    + " ranks; use a multiple of " + worldSize);
        }
    }

    /**
     * Settings on the processors.
     *
     * @param shape name of the model's shape
     * @param worldSize ranks
     * @param threads of each rank
     * @param batch rows of a step over all ranks
     * @param length tokens of a row
     * @param warmup steps before the measured ones
     * @param steps measured steps of an epoch
     * @param epochs measured one after the other
     * @param reduction how gradients are averaged
     */
    public BenchConfig(
            String shape,
            int worldSize,
            int threads,
            int batch,
            int length,
            int warmup,
            int steps,
            int epochs,
            Reduction reduction) {
        this(shape, worldSize, threads, batch, length, warmup, steps, epochs, reduction, BenchDevice.CPU);
    }

    @Override
    public Job job() {
        return new Job(shape, model(), NumberType.FLOAT32, batch, length, 0);
    }

    @Override
    public Layout spread() {
        return new Layout(worldSize, PipelineLayout.SINGLE, 1, threads);
    }

    ModelConfig model() {
        return ModelConfig.ofShape(shape);
    }

    int rowsPerRank() {
        return batch / worldSize;
    }
}
