package dev.trireme.engine;

import dev.trireme.config.MicroBatch;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Summation;
import dev.trireme.engine.bindings.NativeModelConfig;
import dev.trireme.engine.bindings.NativeStage;
import dev.trireme.model.ModelConfig;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A part of a model on one device: a run of sublayers, with or without the embeddings before it and the final norm,
 * head and loss after it. On a single device one stage holds the whole model. Weights, activations and optimizer state
 * stay in C++; only token ids, micro-batch numbers and results cross JNI.
 *
 * <p>A step is {@link #begin}, then {@link #load}, {@link #forward} and {@link #backward} of every micro-batch, then
 * {@link Gradients#apply}. Any thread may call; calls run one at a time. {@link #close} waits for a running call, then frees the
 * stage. Tensors that a stage took from another stay valid when that one is closed. Every method throws {@code
 * IllegalArgumentException} for bad arguments, {@code EngineException} when the device or another rank fails, and
 * {@code IllegalStateException} after {@link #close}.
 */
public final class Stage implements AutoCloseable {
    private final StageHandle handle;
    private final Device device;
    private final List<ParameterInfo> parameters;
    private final Gradients gradients;
    private final ModelConfig model;
    private final StageState state;

    private Stage(NativeStage stage, Device device, String name, ModelConfig model) {
        this.handle = new StageHandle(stage, name);
        this.device = device;
        this.gradients = new Gradients(handle);
        this.model = model;
        this.parameters = ParameterInfo.of(stage);
        this.state = new StageState(handle, parameters);
    }

    /**
     * Makes layers {@code [firstLayer, endLayer)} of a model, for training. Their weights are 0 until {@link #initialize}
     * or {@link #write}.
     *
     * @param model sizes and constants
     * @param firstLayer from 0
     * @param endLayer at most the model's layers
     * @param device of the stage
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
     * @param device of the stage
     * @param weights their purpose and type; a stage that is not trainable only generates
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
     * @param part of the model that the stage holds
     * @param device of the stage
     * @param weights their purpose and type; a stage that is not trainable only generates
     * @return the stage
     * @throws IllegalArgumentException when it is no part of the model, or the device is not there
     */
    public static Stage open(ModelConfig model, Part part, Device device, Weights weights) {
        NullChecks.require("model", model, "part", part, "device", device, "weights", weights);
        device.require();
        return open(model, part, device, weights, false);
    }

    /**
     * Makes a dry run of a stage, which computes nothing and allocates nothing. Every method can be called; {@link
     * #memoryBytes} and {@link #parameters} are those of a real stage, while losses, gradients, weights and logits are
     * undefined.
     *
     * @param model sizes and constants
     * @param part of the model that the stage holds
     * @param device of the real stage; it need not be there
     * @param weights their purpose and type
     * @return the stage
     * @throws IllegalArgumentException when it is no part of the model
     */
    public static Stage dryRun(ModelConfig model, Part part, Device device, Weights weights) {
        NullChecks.require("model", model, "part", part, "device", device, "weights", weights);
        return open(model, part, device, weights, true);
    }

    /**
     * The names and shapes of all parameters of a model, from a dry run that allocates none of them; those of low-rank
     * updates among them.
     *
     * @param model sizes and constants
     * @return every parameter once; the tied embedding and head are one
     */
    public static List<ParameterInfo> parametersOf(ModelConfig model) {
        Objects.requireNonNull(model, "model");
        try (Stage stage = dryRunOf(model)) {
            return stage.parameters();
        }
    }

    /**
     * The parameters of a model that are trained.
     *
     * @param model sizes and constants, and what of it is trained
     * @return each of them once
     */
    public static List<ParameterInfo> trainedParametersOf(ModelConfig model) {
        Objects.requireNonNull(model, "model");
        try (Stage stage = dryRunOf(model)) {
            return IntStream.range(0, stage.parameters().size())
                    .filter(stage::trains)
                    .mapToObj(stage.parameters()::get)
                    .toList();
        }
    }

    private static Stage dryRunOf(ModelConfig model) {
        return dryRun(model, new Part(0, 2 * model.layers(), true, true), Device.CPU, Weights.TRAINABLE);
    }

    private static Stage open(ModelConfig model, Part part, Device device, Weights weights, boolean dryRun) {
        NativeLibrary.load();
        String name = (dryRun ? "dry run of " : "stage of ") + part + " on " + device;
        try (NativeModelConfig sizes = NativeModels.of(model)) {
            return new Stage(
                    new NativeStage(
                            sizes,
                            part.firstSublayer(),
                            part.endSublayer(),
                            part.embeddings(),
                            part.head(),
                            device.toString(),
                            NativeModels.of(weights),
                            dryRun),
                    device,
                    name,
                    model);
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, name);
        }
    }

    /**
     * The device of this stage.
     *
     * @return as given
     */
    public Device device() {
        return device;
    }

    /**
     * The parameters of this stage.
     *
     * @return every parameter once; the tied embedding and head are one
     */
    public List<ParameterInfo> parameters() {
        return parameters;
    }

    /**
     * Whether a parameter is trained, and so has a gradient and optimizer state.
     *
     * @param index its index in {@link #parameters()}
     * @return false when the model's tuning freezes it
     */
    public boolean trains(int index) {
        return handle.call("trains " + parameter(index), stage -> stage.parameter_trained(index));
    }

    /**
     * Initialises every parameter from (seed, its name), so that weights do not depend on the layout: normal with the
     * model's {@code initializerRange}, residual projections divided by the root of 2 × layers, norms 1, biases 0
     * (Radford et al. 2019); of low-rank updates A uniform within 1 / √in, B 0.
     *
     * @param seed any number
     */
    public void initialize(long seed) {
        handle.run("initialize", stage -> stage.initialize(seed));
    }

    /**
     * The same of low-rank updates alone, for a model whose weights are loaded.
     *
     * @param seed any number
     */
    public void initializeUpdates(long seed) {
        handle.run("initialize updates", stage -> stage.initialize_updates(seed));
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
        FloatBuffer numbers = HostMemory.floats(values);
        handle.run(
                "write " + parameter(index),
                stage -> stage.write_parameter(index, first, numbers, numbers.remaining()));
    }

    /**
     * Copies a whole parameter out, of a trainable stage.
     *
     * @param index its index in {@link #parameters()}
     * @param values filled from position to limit as {@link #write} takes them
     */
    public void read(int index, ByteBuffer values) {
        Objects.requireNonNull(values, "values");
        FloatBuffer numbers = HostMemory.writableFloats(values);
        handle.run("read " + parameter(index), stage -> stage.read_parameter(index, numbers, numbers.remaining()));
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
        handle.run("gradient of " + parameter(index), stage -> stage.read_gradient(index, values, values.length));
        return values;
    }

    /**
     * A hash of all weights' bits.
     *
     * @return equal on two replicas exactly when they hold the same bits, nearly surely
     */
    public long checksum() {
        return handle.call("checksum", NativeStage::checksum);
    }

    /**
     * Starts a step.
     *
     * @param step its number, part of the dropout key
     * @param seed the other part
     * @param microBatches how many follow
     * @param lossDivisor divisor of weighted token losses: the mean over replicas of the step's sum of label weights,
     *     so that gradients averaged over replicas are those of sum(loss × weight) / sum(weight) of the whole
     * @param summation in which order the micro-batches' gradients are summed
     */
    public void begin(long step, long seed, int microBatches, double lossDivisor, Summation summation) {
        Objects.requireNonNull(summation, "summation");
        handle.run(
                "begin step " + step,
                stage -> stage.begin(step, seed, microBatches, lossDivisor, NativeModels.of(summation)));
    }

    /**
     * As {@link #begin(long, long, int, double, Summation)}, the gradients summed one after the other.
     *
     * @param step its number
     * @param seed of dropout
     * @param microBatches how many follow
     * @param lossDivisor divisor of weighted token losses
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
        handle.run("load micro-batch " + number, stage -> load(stage, number, batch));
    }

    private static void load(NativeStage stage, int number, MicroBatch batch) {
        int[] ids = batch.ids();
        float[] weights = batch.weights();
        if (batch.hasDocuments()) {
            stage.load(number, ids, weights, batch.rows(), batch.length(), batch.firstRow(), batch.begins());
        } else {
            stage.load(number, ids, weights, batch.rows(), batch.length(), batch.firstRow());
        }
    }

    /**
     * Takes the output of the previous stage as input, on a stage without the embedding. On one device nothing is
     * copied.
     *
     * @param number of a loaded micro-batch, whose forward ran on {@code previous}
     * @param previous the previous stage
     */
    public void takeInput(int number, Stage previous) {
        Objects.requireNonNull(previous, "previous");
        handle.run(
                "input of micro-batch " + number,
                stage ->
                        previous.handle.lend("give micro-batch " + number, source -> stage.take_input(number, source)));
    }

    /**
     * Runs a micro-batch forward.
     *
     * @param number of a loaded micro-batch
     * @param mode the purpose of the pass
     */
    public void forward(int number, Mode mode) {
        Objects.requireNonNull(mode, "mode");
        handle.run("forward of micro-batch " + number, stage -> stage.forward(number, NativeModels.of(mode)));
    }

    /**
     * Runs the backward pass of a micro-batch, adding to the gradients. The next stage must have run its own before.
     * The step's last backward pass starts the all-reduce.
     *
     * @param number of a micro-batch whose forward ran in {@link Mode#TRAIN} or {@link Mode#CHECKPOINT}
     */
    public void backward(int number) {
        handle.run("backward of micro-batch " + number, stage -> stage.backward(number));
    }

    /**
     * The first half of {@link #backward}: the gradient of the input, which the previous stage waits for.
     *
     * @param number as for {@link #backward}
     */
    public void backwardInput(int number) {
        handle.run("backward of micro-batch " + number, stage -> stage.backward_input(number));
    }

    /**
     * The second half of {@link #backward}: the gradients of the weights, at any later time of the step.
     *
     * @param number of a micro-batch whose first half ran
     */
    public void backwardWeight(int number) {
        handle.run("weight gradients of micro-batch " + number, stage -> stage.backward_weight(number));
    }

    /** Drops all micro-batches and the current step. To be called after a failure, before another step. */
    public void dropMicroBatches() {
        handle.run("drop micro-batches", NativeStage::drop_micro_batches);
    }

    /**
     * The loss of a micro-batch whose forward ran.
     *
     * @param number of the micro-batch
     * @return the sum over labels of weight × −log p, in nats
     */
    public double loss(int number) {
        double[] one = new double[1];
        handle.run("loss of micro-batch " + number, stage -> stage.losses(number, 1, one));
        return one[0];
    }

    /**
     * The losses of micro-batches whose forward ran. Waits for the device, once.
     *
     * @param microBatches how many, from number 0 on
     * @return as {@link #loss}
     */
    public double[] losses(int microBatches) {
        double[] all = new double[microBatches];
        handle.run("losses", stage -> stage.losses(0, microBatches, all));
        return all;
    }

    /**
     * What comes after the backward passes.
     *
     * @return this stage's gradients, usable until it is closed
     */
    public Gradients gradients() {
        return gradients;
    }

    /**
     * What a checkpoint holds of this stage.
     *
     * @return its state, usable until it is closed
     */
    public StageState state() {
        return state;
    }

    /**
     * The memory of a block of a {@link KeyValueCache}.
     *
     * @param type of keys and values
     * @return bytes on this stage
     */
    public long blockBytes(CacheType type) {
        Objects.requireNonNull(type, "type");
        return handle.call("bytes of a block", stage -> stage.block_bytes(NativeModels.of(type)));
    }

    StageHandle handle() {
        return handle;
    }

    ModelConfig model() {
        return model;
    }

    /**
     * When the device began and ended each forward and backward pass since {@link #begin}, by its own clock: calls on a GPU
     * return before it has. To be asked when the host knows the numbers of the step; else it waits for them.
     *
     * @return two numbers for each, in the order of the calls, in nanoseconds since {@link #begin}; empty on a CPU, where a
     *     call takes as long as its work
     */
    public long[] taskNanos() {
        return handle.call("times of tasks", stage -> {
            long[] nanos = new long[Math.toIntExact(2 * stage.task_count())];
            if (nanos.length > 0) {
                stage.task_nanos(nanos);
            }
            return nanos;
        });
    }

    /**
     * How long {@link #takeInput} has copied between devices so far.
     *
     * @return nanoseconds
     */
    public long copiedNanos() {
        return handle.call("copied time", NativeStage::copied_nanos);
    }

    /**
     * The memory that this stage holds now.
     *
     * @return bytes of weights, gradients, optimizer state and activations
     */
    public long memoryBytes() {
        return handle.call("memory", NativeStage::memory_bytes);
    }

    /**
     * Synchronises with the device: waits until it has finished all work. For timing, as calls on a GPU return earlier.
     */
    public void synchronize() {
        handle.run("synchronize", NativeStage::synchronize);
    }

    /** Frees the stage. A second call does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return handle.toString();
    }

    private ParameterInfo parameter(int index) {
        return ParameterInfo.at(parameters, index, handle);
    }
}
