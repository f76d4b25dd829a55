package dev.trireme.generate;

/**
 * Draws next tokens, without sorting the vocabulary and without making objects.
 *
 * <pre>
 *   logits ─penalty─▶ top-k ─▶ candidates: weights e^(logit / temperature) ─▶ min-p ─▶ draw ─▶ within top-p? ─▶ id
 *                                                                              ▲                    │ no
 *                                                                              └── those ahead ◀────┘
 * </pre>
 *
 * <p>A drawn token is within top-p if those ahead of it, that is likelier ones, and equally likely ones of smaller id, do
 * not come to top-p. If they do, it is as if nothing had been drawn, and only those ahead can be within. That costs a pass
 * or two, where finding the last one within takes several for every token.
 */
final class Sampler {
    private final Sampling sampling;
    private final float[] penalized;
    private final int[] seen; // number of the call that last met an id
    private int calls;

    private final int[] ids; // of candidates, in ascending order, unless these are the whole vocabulary
    private final float[] logitsOfIds;
    private final double[] weights; // of candidates
    private final double[] sums; // of blocks of them
    private final double[] scratch;
    private boolean whole;
    private int count;
    private double sum;
    private double goal; // of top-p

    Sampler(Sampling sampling, int vocabulary) {
        this.sampling = sampling;
        this.penalized = new float[vocabulary];
        this.seen = new int[vocabulary];
        this.ids = new int[vocabulary];
        this.logitsOfIds = new float[vocabulary];
        this.weights = new double[vocabulary];
        this.sums = new double[vocabulary / Softmax.BLOCK + 1];
        this.scratch = new double[vocabulary];
    }

    /**
     * Chooses what follows a text.
     *
     * @param logits (V), left as they are
     * @return an id
     */
    int choose(float[] logits, Sequence text) {
        float[] scores = penalize(logits, text);
        if (sampling.isGreedy()) {
            return Softmax.likeliest(scores);
        }
        select(scores);
        int drawn = candidate(text.draw(0));
        for (int attempt = 1; !isWithinTopP(drawn); attempt++) {
            keepAheadOf(drawn);
            drawn = candidate(text.draw(attempt));
        }
        return id(drawn);
    }

    /** The probability (V) of each token that {@link #choose} draws from. */
    double[] probabilities(float[] logits, Sequence text) {
        select(penalize(logits, text));
        double[] probabilities = new double[logits.length];
        double within = 0;
        for (int i = 0; i < count; i++) {
            if (isWithinTopP(i)) {
                probabilities[id(i)] = weights[i];
                within += weights[i];
            }
        }
        for (int id = 0; id < logits.length; id++) {
            probabilities[id] /= within;
        }
        return probabilities;
    }

    private float[] penalize(float[] logits, Sequence text) {
        float penalty = (float) sampling.repetitionPenalty();
        if (penalty == 1) {
            return logits;
        }
        System.arraycopy(logits, 0, penalized, 0, logits.length);
        calls++;
        for (int i = 0; i < text.length(); i++) {
            int id = text.id(i);
            if (seen[id] != calls) {
                seen[id] = calls;
                penalized[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
            }
        }
        return penalized;
    }

    private void select(float[] scores) {
        whole = sampling.topK() == 0 || sampling.topK() >= scores.length;
        if (whole) {
            count = scores.length;
            Softmax.weights(scores, count, sampling.temperature(), weights);
        } else {
            count = Selection.largest(scores, sampling.topK(), ids, scratch);
            for (int i = 0; i < count; i++) {
                logitsOfIds[i] = scores[ids[i]];
            }
            Softmax.weights(logitsOfIds, count, sampling.temperature(), weights);
        }
        sum = Softmax.sum(weights, count, sums);
        goal = sampling.topP() * sum;
        if (sampling.minP() > 0) {
            int before = count;
            count = 0;
            keepAbove(0, before, Math.nextDown(sampling.minP())); // of the likeliest token's weight, which is 1
            endKeeping();
        }
    }

    private int id(int candidate) {
        return whole ? candidate : ids[candidate];
    }

    /** Where a number from 0 to below 1 falls among the candidates, laid out by their weights. */
    private int candidate(double uniform) {
        double rest = uniform * sum;
        int begin = 0;
        for (int block = 0; begin + Softmax.BLOCK < count && rest >= sums[block]; block++) {
            rest -= sums[block];
            begin += Softmax.BLOCK;
        }
        for (int i = begin; i < count - 1; i++) {
            rest -= weights[i];
            if (rest < 0) {
                return i;
            }
        }
        return count - 1; // rounding may leave a rest
    }

    private boolean isWithinTopP(int candidate) {
        double weight = weights[candidate];
        return sampling.topP() == 1 || weight > sum - goal || massAheadOf(candidate) < goal;
    }

    private double massAheadOf(int candidate) {
        double weight = weights[candidate];
        return massAbove(0, candidate, Math.nextDown(weight)) + massAbove(candidate, count, weight);
    }

    /** In four sums that do not wait for each other. */
    private double massAbove(int begin, int end, double least) {
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int i = begin;
        for (; i < end - 3; i += 4) {
            first += ifAbove(least, weights[i]);
            second += ifAbove(least, weights[i + 1]);
            third += ifAbove(least, weights[i + 2]);
            fourth += ifAbove(least, weights[i + 3]);
        }
        for (; i < end; i++) {
            first += ifAbove(least, weights[i]);
        }
        return first + second + third + fourth;
    }

    /** The weight or 0, without a branch, which nobody could predict: the sign of a difference becomes all bits or none. */
    private static double ifAbove(double least, double weight) {
        long mask = Double.doubleToRawLongBits(least - weight) >> 63;
        return Double.longBitsToDouble(Double.doubleToRawLongBits(weight) & mask);
    }

    private void keepAheadOf(int candidate) {
        double weight = weights[candidate];
        int before = count;
        count = 0;
        keepAbove(0, candidate, Math.nextDown(weight));
        keepAbove(candidate, before, weight);
        endKeeping();
    }

    private void keepAbove(int begin, int end, double least) {
        for (int i = begin; i < end; i++) {
            double weight = weights[i];
            ids[count] = id(i);
            weights[count] = weight;
            count += weight > least ? 1 : 0;
        }
    }

    private void endKeeping() {
        whole = false;
        sum = Softmax.sum(weights, count, sums);
    }
}
