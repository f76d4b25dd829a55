package dev.trireme.engine;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.config.Summation;
import dev.trireme.engine.bindings.NativeAdamWConfig;
import dev.trireme.engine.bindings.NativeModelConfig;
import dev.trireme.engine.bindings.NativeStage;
import dev.trireme.engine.bindings.global.core;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * A run of sublayers of a model on one device, perhaps with the embeddings before it and the final norm, head and loss
 * behind it. A single device is one stage with everything. Weights, activations and optimizer state live in C++; what
 * crosses are token ids, micro-batch numbers and results.
 *
 * <p>A step is {@link #begin}, then {@link #load}, {@link #forward} and {@link #backward} of every micro-batch, then
 * {@link #apply}. Any thread may call; one call runs at a time, and others wait for it. {@link #close} waits for it too, and
 * frees. What a stage takes of another lives on when that one is closed. Every method throws {@code IllegalArgumentException} for bad arguments,
 * {@code EngineException} when the device or another rank fails, and {@code IllegalStateException} after {@link
 * #close}.
 */
public final class Stage implements AutoCloseable {
    private final StageHandle handle;
    private final Device device;
    private final List<ParameterInfo> parameters;
    private final KeyValueCaches caches;

    private Stage(NativeStage stage, Device device, String name, long vocabulary) {
        this.handle = new StageHandle(stage, name);
        this.device = device;
        this.caches = new KeyValueCaches(handle, device, vocabulary);
        this.parameters = LongStream.range(0, stage.parameters())
                .mapToObj(index -> new ParameterInfo(
                        stage.parameter_name(index),
                        LongStream.range(0, stage.parameter_axes(index))
                                .mapToObj(axis -> stage.parameter_size(index, axis))
                                .toList()))
                .toList();
    }

    /**
     * Makes layers {@code [firstLayer, endLayer)} of a model, for training. Their weights are 0 until {@link #initialize}
     * or {@link #write}.
     *
     * @param model sizes and constants
     * @param firstLayer from 0
     * @param endLayer at most the model's layers
     * @param device where
     * @return the stage
     * @throws IllegalArgumentException when the layers are not a run of the model's, or the device is not there
     */
    public static Stage open(ModelConfig model, int firstLayer, int endLayer, Device device) {
        return open(model, firstLayer, endLayer, device, Weights.TRAINABLE);
    }

    /**
     * Makes layers {@code [firstLayer, endLayer)} of a model, with the embeddings if they start at layer 0 and the head if
     * they end with the last. Their weights are 0 until {@link #initialize} or {@link #write}.
     *
     * @param model sizes and constants
     * @param firstLayer from 0
     * @param endLayer at most the model's layers
     * @param device where
     * @param weights what for; a stage that is not trainable only generates
     * @return the stage
     * @throws IllegalArgumentException when the layers are not a run of the model's, or the device is not there
     */
    public static Stage open(ModelConfig model, int firstLayer, int endLayer, Device device, Weights weights) {
        NullChecks.require("model", model, "device", device, "weights", weights);
        Part part = new Part(2 * firstLayer, 2 * endLayer, firstLayer == 0, endLayer == model.layers());
        return open(model, part, device, weights);
    }

    /**
     * Makes a part of a model. Its weights are 0 until {@link #initialize} or {@link #write}.
     *
     * @param model sizes and constants
     * @param part what it holds
     * @param device where
     * @param weights what for; a stage that is not trainable only generates
     * @return the stage
     * @throws IllegalArgumentException when it is no part of the model, or the device is not there
     */
    public static Stage open(ModelConfig model, Part part, Device device, Weights weights) {
        NullChecks.require("model", model, "part", part, "device", device, "weights", weights);
        device.require();
        return open(model, part, device, weights, false);
    }

    /**
     * Makes a part of a model that computes nothing and holds no memory. Everything can be called, and {@link #memoryBytes}
     * and {@link #parameters} are those of a real stage; losses, gradients, weights and logits are undefined.
     *
     * @param model sizes and constants
     * @param part what it holds
     * @param device where the real one would be; it need not be there
     * @param weights what for
     * @return the stage
     * @throws IllegalArgumentException when it is no part of the model
     */
    public static Stage dryRun(ModelConfig model, Part part, Device device, Weights weights) {
        NullChecks.require("model", model, "part", part, "device", device, "weights", weights);
        return open(model, part, device, weights, true);
    }

    /**
     * What a model's parameters are: the place where their shapes come from. Nothing of their size is allocated.
     *
     * @param model sizes and constants
     * @return every parameter once; the tied embedding and head are one
     */
    public static List<ParameterInfo> parametersOf(ModelConfig model) {
        Objects.requireNonNull(model, "model");
        Part whole = new Part(0, 2 * model.layers(), true, true);
        try (Stage stage = dryRun(model, whole, Device.CPU, Weights.TRAINABLE)) {
            return stage.parameters();
        }
    }

    private static Stage open(ModelConfig model, Part part, Device device, Weights weights, boolean dryRun) {
        NativeLibrary.load();
        String name = (dryRun ? "dry run of " : "stage of ") + part + " on " + device;
        core.Weights purpose = switch (weights) {
            case TRAINABLE -> core.Weights.trainable;
            case FLOAT32 -> core.Weights.float32;
            case BFLOAT16 -> core.Weights.bfloat16;
        };
        try (NativeModelConfig sizes = NativeModels.of(model)) {
            return new Stage(
                    new NativeStage(
                            sizes,
                            part.firstSublayer(),
                            part.endSublayer(),
                            part.embeddings(),
                            part.head(),
                            device.toString(),
                            purpose,
                            dryRun),
                    device,
                    name,
                    model.vocabulary());
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, name);
        }
    }

    /**
     * Where it lives.
     *
     * @return as given
     */
    public Device device() {
        return device;
    }

    /**
     * What it holds.
     *
     * @return every parameter once; the tied embedding and head are one
     */
    public List<ParameterInfo> parameters() {
        return parameters;
    }

    /**
     * Draws every parameter from (seed, its name) alone, so that weights do not depend on how layers are spread: normal
     * with the model's {@code initializerRange}, residual projections divided by the root of 2 × layers, norms 1,
     * biases 0 (Radford et al. 2019).
     *
     * @param seed any number
     */
    public void initialize(long seed) {
        run("initialize", stage -> stage.initialize(seed));
    }

    /**
     * Sets a parameter, or a part of one.
     *
     * @param index its index in {@link #parameters()}
     * @param first number of the first value that is set; a matrix is set in whole rows
     * @param values float32 in row-major order of its shape, from position to limit; direct and little endian
     */
    public void write(int index, long first, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        FloatBuffer numbers = floats(values);
        run("write " + parameter(index), stage -> stage.write_parameter(index, first, numbers, numbers.remaining()));
    }

    /**
     * Copies a whole parameter out, of a trainable stage.
     *
     * @param index its index in {@link #parameters()}
     * @param values filled from position to limit as {@link #write} takes them
     */
    public void read(int index, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        if (values.isReadOnly()) {
            throw new IllegalArgumentException(values + " cannot be filled; give a buffer that is not read-only");
        }
        FloatBuffer numbers = floats(values);
        run("read " + parameter(index), stage -> stage.read_parameter(index, numbers, numbers.remaining()));
    }

    /**
     * Copies out the gradient that the last step's backward passes left, summed over micro-batches and averaged over
     * replicas.
     *
     * @param index its parameter's index in {@link #parameters()}
     * @return its values in row-major order
     */
    public float[] gradient(int index) {
        float[] values = new float[Math.toIntExact(parameter(index).count())];
        run("gradient of " + parameter(index), stage -> stage.read_gradient(index, values, values.length));
        return values;
    }

    /**
     * A hash of all weights' bits.
     *
     * @return equal on two replicas exactly when they hold the same bits, nearly surely
     */
    public long checksum() {
        return call("checksum", NativeStage::checksum);
    }

    /**
     * Starts a step.
     *
     * @param step its number, part of the key of dropout
     * @param seed the other part
     * @param microBatches how many follow
     * @param lossDivisor what weighted token losses are divided by: the mean over replicas of the step's sum of label
     *     weights, so that gradients averaged over replicas are those of sum(loss × weight) / sum(weight) of the whole
     * @param summation in which order the micro-batches' gradients are summed
     */
    public void begin(long step, long seed, int microBatches, double lossDivisor, Summation summation) {
        Objects.requireNonNull(summation, "summation");
        core.Summation order = switch (summation) {
            case SEQUENCE -> core.Summation.sequence;
            case TREE -> core.Summation.tree;
        };
        run("begin step " + step, stage -> stage.begin(step, seed, microBatches, lossDivisor, order));
    }

    /**
     * Starts a step whose micro-batches' gradients are summed one after the other; see {@link #begin(long, long, int,
     * double, Summation)}.
     *
     * @param step its number
     * @param seed of dropout
     * @param microBatches how many follow
     * @param lossDivisor what weighted token losses are divided by
     */
    public void begin(long step, long seed, int microBatches, double lossDivisor) {
        begin(step, seed, microBatches, lossDivisor, Summation.SEQUENCE);
    }

    /**
     * Copies tokens and label weights in.
     *
     * @param number of the micro-batch within the step, from 0
     * @param batch ids below the vocabulary, weights from 0 up, length within the model's positions
     */
    public void load(int number, MicroBatch batch) {
        Objects.requireNonNull(batch, "batch");
        run(
                "load micro-batch " + number,
                stage -> stage.load(
                        number, batch.ids(), batch.weights(), batch.rows(), batch.length(), batch.firstRow()));
    }

    /**
     * On a stage without the embedding: takes what the previous stage put out. On one device no byte moves.
     *
     * @param number of a loaded micro-batch, whose forward ran on {@code previous}
     * @param previous the previous stage
     */
    public void takeInput(int number, Stage previous) {
        Objects.requireNonNull(previous, "previous");
        run(
                "input of micro-batch " + number,
                stage ->
                        previous.handle.lend("give micro-batch " + number, source -> stage.take_input(number, source)));
    }

    /**
     * Runs a micro-batch forward.
     *
     * @param number of a loaded micro-batch
     * @param mode what for
     */
    public void forward(int number, Mode mode) {
        Objects.requireNonNull(mode, "mode");
        core.Mode purpose = switch (mode) {
            case TRAIN -> core.Mode.train;
            case CHECKPOINT -> core.Mode.checkpoint;
            case EVALUATE -> core.Mode.evaluate;
        };
        run("forward of micro-batch " + number, stage -> stage.forward(number, purpose));
    }

    /**
     * Runs a micro-batch backward, adding to the gradients, after the next stage has. The step's last one starts the
     * all-reduce.
     *
     * @param number of a micro-batch whose forward ran in {@link Mode#TRAIN} or {@link Mode#CHECKPOINT}
     */
    public void backward(int number) {
        run("backward of micro-batch " + number, stage -> stage.backward(number));
    }

    /**
     * The first half of {@link #backward}: what the previous stage waits for.
     *
     * @param number as for {@link #backward}
     */
    public void backwardInput(int number) {
        run("backward of micro-batch " + number, stage -> stage.backward_input(number));
    }

    /**
     * The second half of {@link #backward}, at any later time of the step.
     *
     * @param number of a micro-batch whose first half ran
     */
    public void backwardWeight(int number) {
        run("weight gradients of micro-batch " + number, stage -> stage.backward_weight(number));
    }

    /** Forgets what was loaded and the step that was begun: after a failure, before another step. */
    public void dropMicroBatches() {
        run("drop micro-batches", NativeStage::drop_micro_batches);
    }

    /**
     * The loss of a micro-batch whose forward ran.
     *
     * @param number of the micro-batch
     * @return the sum over labels of weight × −log p, in nats
     */
    public double loss(int number) {
        return call("loss of micro-batch " + number, stage -> stage.loss(number));
    }

    /**
     * On the stage with the embedding: adds the gradient that a tied head on another stage made; else does nothing.
     * Before {@link #waitGradients}, or, with {@link Summation#TREE}, after it on both.
     *
     * @param last the stage with the head, after all its backward passes
     */
    public void addTiedGradient(Stage last) {
        Objects.requireNonNull(last, "last");
        run(
                "tied gradient",
                stage -> last.handle.lendAlone(handle, "tied gradient", other -> stage.add_tied_gradient(other)));
    }

    /** Waits until the gradients are the sums over all replicas. */
    public void waitGradients() {
        run("all-reduce of gradients", NativeStage::wait_gradients);
    }

    /**
     * On a stage with a tied head but without the embedding: takes the whole gradient; else does nothing.
     *
     * @param first the stage with the embedding, whose gradients are complete
     */
    public void takeTiedGradient(Stage first) {
        Objects.requireNonNull(first, "first");
        run(
                "tied gradient",
                stage -> first.handle.lendAlone(handle, "tied gradient", other -> stage.take_tied_gradient(other)));
    }

    /**
     * Parts of the squared norm of the gradients. Those of all stages one after the other are the same list however the
     * model is cut: embedding, each sublayer, head.
     *
     * @return sums of squares
     */
    public double[] gradientSquares() {
        return call("gradient norm", stage -> {
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
            run("apply", stage -> stage.apply(constants, learningRate, norm));
        }
    }

    /**
     * Does what {@link #waitGradients}, {@link #gradientSquares} and {@link #apply(OptimizerConfig, double, double)} do,
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
            return call("apply", stage -> stage.apply(constants, learningRate));
        }
    }

    /**
     * What generation uses.
     *
     * @return this stage's caches of keys and values, usable until it is closed
     */
    public KeyValueCaches caches() {
        return caches;
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
        core.Reduction pieces = switch (reduction) {
            case PER_PARAMETER -> core.Reduction.per_parameter;
            case BUCKETS -> core.Reduction.buckets;
            case OVERLAPPED -> core.Reduction.overlapped;
            case TREE -> core.Reduction.tree;
        };
        handle.join("join " + group, group, stage -> stage.join(group.handle(), bucketBytes, pieces));
    }

    /**
     * Sums values over the replicas, in place; alone, leaves them as they are.
     *
     * @param values as many on every replica
     */
    public void allReduce(double[] values) {
        Objects.requireNonNull(values, "values");
        run("all-reduce", stage -> stage.all_reduce(values, values.length));
    }

    /**
     * What all replicas must agree on before their first all-reduce.
     *
     * @return type and sizes of the pieces that are reduced, as text
     */
    public String reductionPlan() {
        return call("reduction plan", NativeStage::reduction_plan);
    }

    /**
     * How long the last {@link #apply} waited for gradients of other replicas: what was not hidden behind backward.
     *
     * @return nanoseconds
     */
    public long exposedCommunicationNanos() {
        return call("exposed communication", NativeStage::exposed_communication_nanos);
    }

    /**
     * How long {@link #takeInput} has copied between devices so far.
     *
     * @return nanoseconds
     */
    public long copiedNanos() {
        return call("copied time", NativeStage::copied_nanos);
    }

    /**
     * What this stage holds now.
     *
     * @return bytes of weights, gradients, optimizer state and activations
     */
    public long memoryBytes() {
        return call("memory", NativeStage::memory_bytes);
    }

    /** Waits until its device has done all that it was asked for, for timing: the calls of a GPU return before. */
    public void synchronize() {
        run("synchronize", NativeStage::synchronize);
    }

    /** Frees everything; doing it twice is fine. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return handle.toString();
    }

    private void run(String action, Consumer<NativeStage> operation) {
        handle.run(action, operation);
    }

    private <T> T call(String action, Function<NativeStage, T> operation) {
        return handle.call(action, operation);
    }

    private ParameterInfo parameter(int index) {
        if (index < 0 || index >= parameters.size()) {
            throw new IllegalArgumentException(
                    "parameter " + index + " of " + this + " is not there; use 0 to " + (parameters.size() - 1));
        }
        return parameters.get(index);
    }

    private static NativeAdamWConfig constants(OptimizerConfig optimizer) {
        return new NativeAdamWConfig()
                .beta1(optimizer.beta1())
                .beta2(optimizer.beta2())
                .epsilon(optimizer.epsilon())
                .weight_decay(optimizer.weightDecay())
                .clip_norm(optimizer.clipNorm());
    }

    private static FloatBuffer floats(ByteBuffer values) {
        if (!values.isDirect() || values.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    values + " does not hold float32 for C++; give a direct buffer of 4 bytes a value");
        }
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
}
