package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.bindings.NativeAdamWConfig;
import dev.trireme.engine.bindings.NativeStage;
import java.util.Objects;

/**
 * A stage's gradients from the last backward pass to the update: summed with what a tied head made on another stage, over
 * the replicas that were joined, then clipped and applied. Errors are those of {@link Stage}.
 *
 * <pre>
 *   backward passes ──▶ addTied ──▶ await ──▶ takeTied ──▶ squares of all stages ──▶ apply
 *                                   SUM over replicas; overlaps the backward passes
 * </pre>
 */
public final class Gradients {
    private final StageHandle handle;

    Gradients(StageHandle handle) {
        this.handle = handle;
    }

    /**
     * On the stage with the embedding: adds the gradient that a tied head on another stage made; else does nothing.
     * Before {@link #await}, or, with {@link Summation#TREE}, after it on both.
     *
     * @param last the stage with the head, after all its backward passes
     */
    public void addTied(Gradients last) {
        Objects.requireNonNull(last, "last");
        handle.run(
                "tied gradient",
                stage -> last.handle.lendAlone(handle, "tied gradient", other -> stage.add_tied_gradient(other)));
    }

    /** Waits until the gradients are the sums over all replicas. */
    public void await() {
        handle.run("all-reduce of gradients", NativeStage::wait_gradients);
    }

    /**
     * On a stage with a tied head but without the embedding: takes the whole gradient; else does nothing.
     *
     * @param first the stage with the embedding, whose gradients are complete
     */
    public void takeTied(Gradients first) {
        Objects.requireNonNull(first, "first");
        handle.run(
                "tied gradient",
                stage -> first.handle.lendAlone(handle, "tied gradient", other -> stage.take_tied_gradient(other)));
    }

    /**
     * Parts of the squared norm of the gradients. Those of all stages one after the other are the same list however the
     * model is cut: embedding, each sublayer, head.
     *
     * @return sums of squares
     */
    public double[] squares() {
        return handle.call("gradient norm", stage -> {
            double[] squares = new double[Math.toIntExact(stage.gradient_parts())];
            stage.gradient_squares(squares);
            return squares;
        });
    }

    /**
     * Clips by the norm over all stages, and updates the weights.
     *
     * @param optimizer its constants
     * @param learningRate from 0 up
     * @param norm the global L2 norm of the gradients before clipping: the root of the sum of all stages' squares
     * @throws EngineException of kind {@code NOT_FINITE}, the weights left as they were, when that norm is not a number
     */
    public void apply(OptimizerConfig optimizer, double learningRate, double norm) {
        Objects.requireNonNull(optimizer, "optimizer");
        try (NativeAdamWConfig constants = constants(optimizer)) {
            handle.run("apply", stage -> stage.apply(constants, learningRate, norm));
        }
    }

    /**
     * Does what {@link #await}, {@link #squares} and {@link #apply(OptimizerConfig, double, double)} do,
     * for a stage that is the whole model.
     *
     * @param optimizer its constants
     * @param learningRate from 0 up
     * @return the global L2 norm of the gradients before clipping
     * @throws EngineException of kind {@code NOT_FINITE}, the weights left as they were, when that norm is not a number
     */
    public double apply(OptimizerConfig optimizer, double learningRate) {
        Objects.requireNonNull(optimizer, "optimizer");
        try (NativeAdamWConfig constants = constants(optimizer)) {
            return handle.call("apply", stage -> stage.apply(constants, learningRate));
        }
    }

    /**
     * Joins the replicas of this stage: from now on {@link #apply} averages gradients over them.
     *
     * @param group carries nothing else; closed before this stage, it is freed with it
     * @param bucketBytes least size of a bucket of gradients
     * @param reduction when and in which pieces gradients are summed
     */
    public void join(ProcessGroup group, long bucketBytes, Reduction reduction) {
        NullChecks.require("group", group, "reduction", reduction);
        handle.join(
                "join " + group, group, stage -> stage.join(group.handle(), bucketBytes, NativeModels.of(reduction)));
    }

    /**
     * Sums values over the replicas, in place; alone, leaves them as they are.
     *
     * @param values as many on every replica
     */
    public void allReduce(double[] values) {
        Objects.requireNonNull(values, "values");
        handle.run("all-reduce", stage -> stage.all_reduce(values, values.length));
    }

    /**
     * What all replicas must agree on before their first all-reduce.
     *
     * @return type and sizes of the pieces that are reduced, as text
     */
    public String reductionPlan() {
        return handle.call("reduction plan", NativeStage::reduction_plan);
    }

    /**
     * How long the last {@link #await} waited for gradients of other replicas: what was not hidden behind backward.
     *
     * @return nanoseconds
     */
    public long exposedCommunicationNanos() {
        return handle.call("exposed communication", NativeStage::exposed_communication_nanos);
    }

    private static NativeAdamWConfig constants(OptimizerConfig optimizer) {
        return new NativeAdamWConfig()
                .beta1(optimizer.beta1())
                .beta2(optimizer.beta2())
                .epsilon(optimizer.epsilon())
                .weight_decay(optimizer.weightDecay())
                .clip_norm(optimizer.clipNorm());
    }
}
