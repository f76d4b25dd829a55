package dev.trireme.generate;

import dev.trireme.engine.SamplingKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Samples next tokens without sorting the vocabulary and without allocating.
 *
 * <pre>
 *   logits ─penalty─▶ numerators e^(logit / temperature), 0 outside top-k and min-p ─▶ draw ─▶ within top-p? ─▶ id
 *                                                                                       ▲            │ no
 *                                                                                       └─ before it ◀
 * </pre>
 *
 * <p>Top-p works by rejection. The cumulative probability of a drawn token is that of the tokens that rank before it:
 * more probable ones, and equally probable ones of smaller id. The token is accepted if this is below top-p; otherwise
 * the next draw is among the tokens that rank before it, which include all of the nucleus. This takes one or two
 * passes, while finding the end of the nucleus takes several for every token.
 */
final class Sampler {
    private final Sampling sampling;
    private final int vocabulary;
    private final FloatBuffer penalized;
    private final int[] seen; // number of the call that last met an id
    private int calls;

    private final FloatBuffer scratch;
    private final FloatBuffer numerators;
    private final double[] sums; // of blocks of them
    private double sum;
    private double goal; // of top-p

    Sampler(Sampling sampling, int vocabulary) {
        this.sampling = sampling;
        this.vocabulary = vocabulary;
        this.penalized = floats(vocabulary);
        this.seen = new int[vocabulary];
        this.scratch = floats(vocabulary);
        this.numerators = floats(vocabulary);
        this.sums = new double[(vocabulary + SamplingKernels.BLOCK - 1) / SamplingKernels.BLOCK];
    }

    /** A direct buffer, which native code reads without a copy. */
    static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /**
     * Chooses the next token of a sequence.
     *
     * @param logits (V), direct, not modified
     * @return an id
     */
    int choose(FloatBuffer logits, Sequence text) {
        FloatBuffer scores = penalize(logits, text);
        if (sampling.isGreedy()) {
            return SamplingKernels.argmax(scores);
        }
        computeNumerators(scores);
        int drawn = tokenAt(text.draw(0));
        for (int attempt = 1; !isWithinTopP(drawn); attempt++) {
            sum = SamplingKernels.keepRankedBefore(numerators, drawn, sums);
            drawn = tokenAt(text.draw(attempt));
        }
        return drawn;
    }

    /** The probabilities (V) that {@link #choose} samples from. */
    double[] probabilities(FloatBuffer logits, Sequence text) {
        computeNumerators(penalize(logits, text));
        double[] probabilities = new double[vocabulary];
        double within = 0;
        for (int id = 0; id < vocabulary; id++) {
            if (numerators.get(id) > 0 && isWithinTopP(id)) {
                probabilities[id] = numerators.get(id);
                within += numerators.get(id);
            }
        }
        for (int id = 0; id < vocabulary; id++) {
            probabilities[id] /= within;
        }
        return probabilities;
    }

    private FloatBuffer penalize(FloatBuffer logits, Sequence text) {
        float penalty = (float) sampling.repetitionPenalty();
        if (penalty == 1) {
            return logits;
        }
        penalized.put(0, logits, 0, vocabulary);
        calls++;
        for (int i = 0; i < text.length(); i++) {
            int id = text.id(i);
            if (seen[id] != calls) {
                seen[id] = calls;
                float logit = logits.get(id);
                penalized.put(id, logit < 0 ? logit * penalty : logit / penalty);
            }
        }
        return penalized;
    }

    private void computeNumerators(FloatBuffer scores) {
        float least = sampling.topK() == 0 || sampling.topK() >= vocabulary
                ? Float.NEGATIVE_INFINITY
                : SamplingKernels.kthLargest(scores, sampling.topK(), scratch);
        sum = SamplingKernels.softmaxNumerators(scores, least, sampling.temperature(), 0, numerators, sums);
        goal = sampling.topP() * sum; // of all, because top-p comes before min-p
        if (sampling.minP() > 0) {
            sum = SamplingKernels.softmaxNumerators(
                    scores, least, sampling.temperature(), sampling.minP(), numerators, sums);
        }
    }

    /** The token at a uniform number in [0, 1): the inverse of the cumulative distribution in the order of ids. */
    private int tokenAt(double uniform) {
        double rest = uniform * sum;
        int begin = 0;
        for (int block = 0; block < sums.length - 1 && rest >= sums[block]; block++) {
            rest -= sums[block];
            begin += SamplingKernels.BLOCK;
        }
        for (int id = begin; id < vocabulary; id++) {
            rest -= numerators.get(id);
            if (rest < 0) {
                return id;
            }
        }
        return lastDrawable(); // rounding may leave a rest
    }

    private int lastDrawable() {
        int id = vocabulary - 1;
        while (numerators.get(id) == 0) {
            id--;
        }
        return id;
    }

    private boolean isWithinTopP(int id) {
        return sampling.topP() == 1
                || numerators.get(id) > sum - goal
                || SamplingKernels.cumulativeMass(numerators, id) < goal;
    }
}
