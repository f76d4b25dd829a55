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
 *   backward passes ──▶ addTied ──▶ await ──▶ takeTied ──▶ measure ──▶ takeSquares ──▶ update ──▶ squares ──▶ endStep
 *                                   SUM over replicas; overlaps the backward passes       the host waits: once
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

    /** Makes what follows wait until the gradients are the sums over all replicas: the caller on a CPU, a GPU's stream. */
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

    /** Computes the squared norms of this stage's parts: embedding, each sublayer, head, as far as it has them. */
    public void measure() {
        handle.run("gradient norm", NativeStage::measure_gradients);
    }

    /**
     * Takes the squares that another stage of the model has, measured or taken: from the first stage to the last, and back
     * from the last, so that all have all.
     *
     * @param other a stage that has some that this one lacks
     */
    public void takeSquares(Gradients other) {
        Objects.requireNonNull(other, "other");
        handle.run(
                "gradient norm",
                stage -> other.handle.lendAlone(handle, "gradient norm", source -> stage.take_squares(source)));
    }

    /**
     * Clips by the norm over all stages, whose squares this one has, and updates the weights; where that norm is not a
     * number, leaves them as they are. The host does not wait for a GPU.
     *
     * @param optimizer its constants
     * @param learningRate from 0 up
     */
    public void update(OptimizerConfig optimizer, double learningRate) {
        Objects.requireNonNull(optimizer, "optimizer");
        try (NativeAdamWConfig constants = constants(optimizer)) {
            handle.run("apply", stage -> stage.update(constants, learningRate));
        }
    }

    /**
     * The squares of all parts of the model, as far as this stage has measured or taken them: the same list however the
     * model is cut. Waits for the device, unless the losses of the step were asked for since {@link #update}.
     *
     * @return sums of squares: embedding, each sublayer, head
     */
    public double[] squares() {
        return handle.call("gradient norm", stage -> {
            double[] squares = new double[Math.toIntExact(stage.gradient_parts())];
            stage.gradient_squares(squares);
            return squares;
        });
    }

    /**
     * Ends the step.
     *
     * @param updated whether {@link #update} has changed the weights, which it has when the norm is a number
     */
    public void endStep(boolean updated) {
        handle.run("end of the step", stage -> stage.end_step(updated));
    }

    /**
     * Does everything from {@link #await} to {@link #endStep}, for a stage that is the whole model.
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
     * Joins the replicas of this stage: from now on {@link #update} averages gradients over them.
     *
     * @param group carries nothing else; closed before this stage, it is freed with it
     * @param bucketBytes least size of a bucket of gradients
     * @param reduction when and in which pieces gradients are summed
     */
    public void join(ProcessGroup group, long bucketBytes, Reduction reduction) {
        NullChecks.require("group", group, "reduction", reduction);
        handle.join(
                "join " + group,
                group,
                stage -> stage.join(
                        group.handle(),
                        bucketBytes,
                        NativeModels.of(reduction),
                        group.config().timeout().toMillis()));
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
     * How long the last {@link #await} waited for gradients of other replicas: what was not hidden behind backward. Of a GPU
     * once the host has waited for the step.
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
