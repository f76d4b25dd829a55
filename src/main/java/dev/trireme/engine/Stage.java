package dev.trireme.engine;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Reduction;
import dev.trireme.engine.bindings.NativeAdamWConfig;
import dev.trireme.engine.bindings.NativeModelConfig;
import dev.trireme.engine.bindings.NativeStage;
import dev.trireme.engine.bindings.global.core;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * The run of layers of a model on one device, with the embeddings if it starts at layer 0 and the final norm, head and
 * loss if it ends with the last layer. A single device is one stage with all layers. Weights, activations and optimizer
 * state live in C++; what crosses are token ids, micro-batch numbers and results.
 *
 * <p>A step is {@link #begin}, then {@link #load}, {@link #forward} and {@link #backward} of every micro-batch, then
 * {@link #apply}. One thread at a time. Every method throws {@code IllegalArgumentException} for bad arguments,
 * {@code EngineException} when the device or another rank fails, and {@code IllegalStateException} after {@link
 * #close}.
 */
public final class Stage implements AutoCloseable {
    private final NativeStage stage;
    private final Device device;
    private final String name;
    private final long vocabulary;
    private final List<ParameterInfo> parameters;
    private boolean open = true;

    private Stage(NativeStage stage, Device device, String name, long vocabulary) {
        this.stage = stage;
        this.device = device;
        this.name = name;
        this.vocabulary = vocabulary;
        this.parameters = LongStream.range(0, stage.parameters())
                .mapToObj(index -> new ParameterInfo(
                        stage.parameter_name(index),
                        LongStream.range(0, stage.parameter_axes(index))
                                .mapToObj(axis -> stage.parameter_size(index, axis))
                                .toList()))
                .toList();
    }

    /**
     * Makes layers {@code [firstLayer, endLayer)} of a model. Their weights are 0 until {@link #initialize} or
     * {@link #write}.
     *
     * @param model sizes and constants
     * @param firstLayer from 0
     * @param endLayer at most the model's layers
     * @param device where
     * @return the stage
     * @throws IllegalArgumentException when the layers are not a run of the model's, or the device is not there
     */
    public static Stage open(ModelConfig model, int firstLayer, int endLayer, Device device) {
        device.require();
        String name = "stage of layers [" + firstLayer + ", " + endLayer + ") on " + device;
        try (NativeModelConfig sizes = convert(model)) {
            return new Stage(
                    new NativeStage(sizes, firstLayer, endLayer, device.toString()), device, name, model.vocabulary());
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
     * Sets a parameter.
     *
     * @param index its place in {@link #parameters()}
     * @param values all its values, float32 in row-major order of its shape, from position to limit; direct and little
     *     endian
     */
    public void write(int index, ByteBuffer values) {
        FloatBuffer numbers = floats(values);
        run("write " + parameters.get(index), stage -> stage.write_parameter(index, numbers, numbers.remaining()));
    }

    /**
     * Copies a parameter out.
     *
     * @param index its place in {@link #parameters()}
     * @param values filled from position to limit as {@link #write} takes them
     */
    public void read(int index, ByteBuffer values) {
        FloatBuffer numbers = floats(values);
        run("read " + parameters.get(index), stage -> stage.read_parameter(index, numbers, numbers.remaining()));
    }

    /**
     * Copies out the gradient that the last step's backward passes left, summed over micro-batches and averaged over
     * replicas.
     *
     * @param index its parameter's place in {@link #parameters()}
     * @return its values in row-major order
     */
    public float[] gradient(int index) {
        float[] values = new float[Math.toIntExact(parameters.get(index).count())];
        run("gradient of " + parameters.get(index), stage -> stage.read_gradient(index, values, values.length));
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
     */
    public void begin(long step, long seed, int microBatches, double lossDivisor) {
        run("begin step " + step, stage -> stage.begin(step, seed, microBatches, lossDivisor));
    }

    /**
     * Copies tokens and label weights in.
     *
     * @param number of the micro-batch within the step, from 0
     * @param batch ids below the vocabulary, weights from 0 up, length within the model's positions
     */
    public void load(int number, MicroBatch batch) {
        run(
                "load micro-batch " + number,
                stage -> stage.load(
                        number, batch.ids(), batch.weights(), batch.rows(), batch.length(), batch.firstRow()));
    }

    /**
     * Runs a micro-batch forward.
     *
     * @param number of a loaded micro-batch
     * @param mode what for
     */
    public void forward(int number, Mode mode) {
        core.Mode purpose = switch (mode) {
            case TRAIN -> core.Mode.train;
            case EVALUATE -> core.Mode.evaluate;
            case INFER -> core.Mode.infer;
        };
        run("forward of micro-batch " + number, stage -> stage.forward(number, purpose));
    }

    /**
     * Runs a micro-batch backward, adding to the gradients. The step's last one starts the all-reduce.
     *
     * @param number of a micro-batch whose forward ran in {@link Mode#TRAIN}
     */
    public void backward(int number) {
        run("backward of micro-batch " + number, stage -> stage.backward(number));
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
     * Waits for the all-reduce, clips, and updates the weights.
     *
     * @param optimizer its constants
     * @param learningRate from 0 up
     * @return the global L2 norm of the gradients before clipping
     * @throws EngineException of kind {@code NOT_FINITE}, the weights left as they were, when that norm is not a number
     */
    public double apply(OptimizerConfig optimizer, double learningRate) {
        try (NativeAdamWConfig constants = new NativeAdamWConfig()
                .beta1(optimizer.beta1())
                .beta2(optimizer.beta2())
                .epsilon(optimizer.epsilon())
                .weight_decay(optimizer.weightDecay())
                .clip_norm(optimizer.clipNorm())) {
            return call("apply", stage -> stage.apply(constants, learningRate));
        }
    }

    /**
     * Logits of chosen positions of a micro-batch whose forward ran in {@link Mode#INFER}.
     *
     * @param number of the micro-batch
     * @param positions flat positions {@code row × length + column}
     * @return float32 (positions, vocabulary), row by row
     */
    public float[] logits(int number, int[] positions) {
        float[] values = new float[Math.toIntExact(positions.length * vocabulary)];
        run("logits of micro-batch " + number, stage -> stage.logits(number, positions, positions.length, values));
        return values;
    }

    /**
     * Joins the replicas of this stage: from now on {@link #apply} averages gradients over them.
     *
     * @param group carries nothing else, and is closed after this stage
     * @param bucketBytes least size of a bucket of gradients
     * @param reduction when and in which pieces gradients are summed
     */
    public void join(ProcessGroup group, long bucketBytes, Reduction reduction) {
        core.Reduction pieces = switch (reduction) {
            case PER_PARAMETER -> core.Reduction.per_parameter;
            case BUCKETS -> core.Reduction.buckets;
            case OVERLAPPED -> core.Reduction.overlapped;
        };
        run("join " + group, stage -> stage.join(group.handle(), bucketBytes, pieces));
    }

    /**
     * Sums values over the replicas, in place; alone, leaves them as they are.
     *
     * @param values as many on every replica
     */
    public void allReduce(double[] values) {
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
    public long communicationWaitNanos() {
        return call("communication wait", NativeStage::communication_wait_nanos);
    }

    /**
     * What this stage holds now.
     *
     * @return bytes of weights, gradients, optimizer state and activations
     */
    public long memoryBytes() {
        return call("memory", NativeStage::memory_bytes);
    }

    /** Frees everything; doing it twice is fine. */
    @Override
    public void close() {
        open = false;
        stage.close();
    }

    @Override
    public String toString() {
        return name;
    }

    private void run(String action, Consumer<NativeStage> operation) {
        call(action, stage -> {
            operation.accept(stage);
            return action;
        });
    }

    private <T> T call(String action, Function<NativeStage, T> operation) {
        if (!open) {
            throw new IllegalStateException(name + " is closed; open a new one for " + action);
        }
        try {
            return operation.apply(stage);
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, name + ", " + action);
        }
    }

    private static FloatBuffer floats(ByteBuffer values) {
        if (!values.isDirect() || values.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    values + " does not hold float32 for C++; give a direct buffer of 4 bytes a value");
        }
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    private static NativeModelConfig convert(ModelConfig model) {
        return new NativeModelConfig()
                .layers(model.layers())
                .heads(model.heads())
                .hidden(model.hidden())
                .intermediate(model.intermediate())
                .vocabulary(model.vocabulary())
                .positions(model.positions())
                .norm_epsilon(model.normEpsilon())
                .embedding_dropout(model.embeddingDropout())
                .attention_dropout(model.attentionDropout())
                .residual_dropout(model.residualDropout())
                .initializer_range(model.initializerRange());
    }
}
