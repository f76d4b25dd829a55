package dev.trireme.generate;

import dev.trireme.engine.SamplingKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * Draws next tokens, without sorting the vocabulary and without making objects.
 *
 * <pre>
 *   logits ─penalty─▶ numerators e^(logit / temperature), 0 outside top-k and min-p ─▶ draw ─▶ within top-p? ─▶ id
 *                                                                                    ▲             │ no
 *                                                                                    └─ those ahead ◀
 * </pre>
 *
 * <p>A drawn token is within top-p if those ahead of it, that is likelier ones, and equally likely ones of smaller id, do
 * not come to top-p. If they do, it is as if nothing had been drawn, and only those ahead can be within. That costs a pass
 * or two, where finding the last one within takes several for every token.
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

    /** A direct buffer, which native code reads where it is. */
    static FloatBuffer floats(int count) {
        return ByteBuffer.allocateDirect(count * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
    }

    /**
     * Chooses what follows a text.
     *
     * @param logits (V), direct, left as they are
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

    /** The probability (V) of each token that {@link #choose} draws from. */
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

    /** Where a number from 0 to below 1 falls among the numerators. */
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
