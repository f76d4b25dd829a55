package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.global.core;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * Native loops over the vocabulary for choosing a token. Results have the same bits on every machine, whatever its
 * instruction set. All buffers hold (V) floats from position 0 to their capacity, direct and in native order; other
 * buffers are refused with an {@code IllegalArgumentException}.
 */
public final class SamplingKernels {
    static {
        NativeLibrary.load();
    }

    /** Block size of sums: numerators are summed in blocks of so many. */
    public static final int BLOCK = (int) core.kSumBlock();

    private SamplingKernels() {}

    /**
     * The token with the largest logit.
     *
     * @param logits (V)
     * @return its id; of equal logits the smallest id
     * @throws EngineException when the logits are not finite
     */
    public static int argmax(FloatBuffer logits) {
        Objects.requireNonNull(logits, "logits");
        require(logits, logits.capacity());
        int id = (int) core.argmax(logits, logits.capacity());
        requireFinite(id < 0 ? Double.NaN : id);
        return id;
    }

    /**
     * The bound of top-k: tokens whose logit is at least this large are the k most probable ones, and ties of the last.
     *
     * @param logits (V); NaN is passed over
     * @param k from 1
     * @param scratch (V), overwritten
     * @return the k-th largest logit; negative infinity if there are fewer
     */
    public static float kthLargest(FloatBuffer logits, int k, FloatBuffer scratch) {
        NullChecks.require("logits", logits, "scratch", scratch);
        require(logits, logits.capacity());
        requireWritable(scratch, logits.capacity());
        requireWithin("k", k, 1, Integer.MAX_VALUE);
        return core.kth_largest(logits, logits.capacity(), k, scratch);
    }

    /**
     * Computes unnormalised probabilities: numerators[i] = e^((logits[i] − largest) / temperature), so that the largest
     * is 1. The numerator is 0 where the logit is below {@code leastLogit} or the result is below {@code minP} or
     * e^-80. Relative error below (3 + 2 x) 1e-7 at e^-x.
     *
     * @param logits (V)
     * @param leastLogit negative infinity for no bound
     * @param temperature above 0
     * @param minP 0 for no bound
     * @param numerators (V)
     * @param sums receives the sum of each block of {@link #BLOCK}
     * @return the sum of all numerators
     * @throws EngineException when the logits are not finite
     */
    public static double softmaxNumerators(
            FloatBuffer logits,
            float leastLogit,
            double temperature,
            double minP,
            FloatBuffer numerators,
            double[] sums) {
        NullChecks.require("logits", logits, "numerators", numerators, "sums", sums);
        float largest = largest(logits);
        requireWritable(numerators, logits.capacity());
        requireSums(sums, logits.capacity());
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("temperature " + temperature + " divides nothing; use one above 0");
        }
        return requireFinite(core.softmax_numerators(
                logits,
                logits.capacity(),
                largest,
                leastLogit,
                temperature,
                minP,
                numerators,
                DoubleBuffer.wrap(sums)));
    }

    /**
     * The cumulative probability, times the sum of all numerators, of the tokens that rank before one: those with a
     * larger numerator, and those with an equal numerator and a smaller id.
     *
     * @param numerators (V)
     * @param id of that token
     * @return their sum
     */
    public static double cumulativeMass(FloatBuffer numerators, int id) {
        Objects.requireNonNull(numerators, "numerators");
        require(numerators, numerators.capacity());
        requireWithin("id", id, 0, numerators.capacity() - 1);
        return core.cumulative_mass(numerators, numerators.capacity(), id);
    }

    /**
     * Sets all numerators to 0 but those of the tokens that rank before one; see {@link #cumulativeMass}.
     *
     * @param numerators (V)
     * @param id of the one
     * @param sums as for {@link #softmaxNumerators}
     * @return their sum
     */
    public static double keepRankedBefore(FloatBuffer numerators, int id, double[] sums) {
        NullChecks.require("numerators", numerators, "sums", sums);
        requireWritable(numerators, numerators.capacity());
        requireWithin("id", id, 0, numerators.capacity() - 1);
        requireSums(sums, numerators.capacity());
        return core.keep_ranked_before(numerators, numerators.capacity(), id, DoubleBuffer.wrap(sums));
    }

    /**
     * Log-sum-exp of the logits, in float64: a logit minus this is a log-probability.
     *
     * @param logits (V)
     * @return the logarithm of the sum of their exponentials
     * @throws EngineException when the logits are not finite
     */
    public static double logSumExp(FloatBuffer logits) {
        Objects.requireNonNull(logits, "logits");
        float largest = largest(logits);
        return largest + Math.log(requireFinite(core.exponential_sum(logits, logits.capacity(), largest)));
    }

    private static float largest(FloatBuffer logits) {
        require(logits, logits.capacity());
        float largest = core.largest(logits, logits.capacity());
        requireFinite(Math.abs(largest));
        return largest;
    }

    private static void require(FloatBuffer buffer, int count) {
        if (!buffer.isDirect()
                || !buffer.order().equals(ByteOrder.nativeOrder())
                || buffer.position() != 0
                || buffer.capacity() != count
                || count == 0) {
            throw new IllegalArgumentException(
                    buffer + " is not what C++ reads; give a direct buffer in native order of " + Math.max(1, count)
                            + " floats, at position 0");
        }
    }

    private static void requireWritable(FloatBuffer buffer, int count) {
        require(buffer, count);
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException(buffer + " cannot be filled; give a buffer that is not read-only");
        }
    }

    private static void requireSums(double[] sums, int count) {
        requireWithin("number of sums", sums.length, (count + BLOCK - 1) / BLOCK, Integer.MAX_VALUE);
    }

    private static void requireWithin(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " " + value + " is out of bounds; use " + least + " to " + most);
        }
    }

    private static double requireFinite(double value) {
        if (!(value < Double.POSITIVE_INFINITY)) {
            throw new EngineException(
                    EngineException.Kind.NOT_FINITE, "the model's logits are not finite; its weights are broken");
        }
        return value;
    }
}
