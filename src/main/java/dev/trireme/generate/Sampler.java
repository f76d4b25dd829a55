package dev.trireme.generate;

import java.util.Arrays;

/**
 * Draws next tokens, without sorting the vocabulary and without making objects.
 *
 * <pre>
 *   logits ─penalty─▶ top-k ─▶ candidates: ids, weights e^(logit / temperature) ─▶ top-p ─▶ min-p ─▶ draw
 * </pre>
 */
final class Sampler {
    private static final int BUCKET_SHIFT = 52 - 5;
    private static final long TOP_BITS = Double.doubleToRawLongBits(1) >>> BUCKET_SHIFT;
    private static final int LAST_BUCKET = 1023; // all weights below 2^-31

    private final Sampling sampling;
    private final int[] all;
    private final float[] penalized;
    private final int[] seen; // number of the call that last met an id
    private int calls;

    private final int[] ids; // candidates, in ascending order
    private final double[] weights;
    private final double[] scratch;
    private final double[] bucketSums = new double[LAST_BUCKET + 1];
    private int count;

    Sampler(Sampling sampling, int vocabulary) {
        this.sampling = sampling;
        this.all = new int[vocabulary];
        Arrays.setAll(all, id -> id);
        this.penalized = new float[vocabulary];
        this.seen = new int[vocabulary];
        this.ids = new int[vocabulary];
        this.weights = new double[vocabulary];
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
        return draw(text.draw());
    }

    /** The probability (V) of each token that {@link #choose} draws from. */
    double[] probabilities(float[] logits, Sequence text) {
        select(penalize(logits, text));
        double sum = Softmax.sum(weights, count);
        double[] probabilities = new double[logits.length];
        for (int i = 0; i < count; i++) {
            probabilities[ids[i]] = weights[i] / sum;
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
        if (sampling.topK() > 0 && sampling.topK() < scores.length) {
            count = Selection.largest(scores, sampling.topK(), ids, scratch);
        } else {
            System.arraycopy(all, 0, ids, 0, scores.length);
            count = scores.length;
        }
        Softmax.weights(scores, ids, count, sampling.temperature(), weights);
        if (sampling.topP() < 1) {
            cutToTopP();
        }
        if (sampling.minP() > 0) {
            keepAbove(sampling.minP(), count); // of the likeliest token's weight, which is 1
        }
    }

    /** A token stays as long as those before it, from the likeliest on, do not come to topP. */
    private void cutToTopP() {
        double goal = sampling.topP() * Softmax.sum(weights, count);
        Arrays.fill(bucketSums, 0);
        for (int i = 0; i < count; i++) {
            bucketSums[bucket(weights[i])] += weights[i];
        }
        double before = 0;
        int cut = 0; // the bucket in which the goal is reached
        while (cut < LAST_BUCKET && before + bucketSums[cut] < goal) {
            before += bucketSums[cut++];
        }
        int inCut = 0;
        for (int i = 0; i < count; i++) {
            if (bucket(weights[i]) == cut) {
                scratch[inCut++] = weights[i];
            }
        }
        double least = Selection.threshold(scratch, inCut, goal - before, true);
        for (int i = 0; i < inCut; i++) {
            before += scratch[i] > least ? scratch[i] : 0;
        }
        keepAbove(least, (int) Math.ceil((goal - before) / least));
    }

    /** Weights fall into buckets by their exponent and 5 bits more, from 1 downwards. */
    private static int bucket(double weight) {
        return (int) Math.min(LAST_BUCKET, TOP_BITS - (Double.doubleToRawLongBits(weight) >>> BUCKET_SHIFT));
    }

    /** @param ties how many of exactly that weight stay too, those of smaller ids */
    private void keepAbove(double least, int ties) {
        int kept = 0;
        int left = ties;
        for (int i = 0; i < count; i++) {
            double weight = weights[i];
            ids[kept] = ids[i];
            weights[kept] = weight;
            if (weight == least && left > 0) {
                left--;
                kept++;
            } else {
                kept += weight > least ? 1 : 0;
            }
        }
        count = kept;
    }

    private int draw(double uniform) {
        double rest = uniform * Softmax.sum(weights, count);
        for (int i = 0; i < count - 1; i++) {
            rest -= weights[i];
            if (rest < 0) {
                return ids[i];
            }
        }
        return ids[count - 1]; // rounding may leave a rest
    }
}
