package dev.trireme.cost;

import dev.trireme.config.MicroBatch;

/**
 * An upper bound of the micro-batches of a run. Buffers grow to the largest micro-batch and stay. Batches differ in
 * length and labels; the bound has the largest value of each.
 *
 * @param rows B of a micro-batch
 * @param length T, tokens of its longest row
 * @param labels M, positions of the whole micro-batch with a weight; B (T − 1) if all have, since the last of a row
 *     predicts nothing
 * @param documents whether rows hold several documents
 * @param evaluates whether evaluations run between steps, with as many micro-batches in flight as a step has
 */
public record Workload(int rows, int length, long labels, boolean documents, boolean evaluates) {
    /** As above, with one document in each row. */
    public Workload(int rows, int length, long labels, boolean evaluates) {
        this(rows, length, labels, false, evaluates);
    }

    /** A micro-batch that meets the bound: labels at the first M positions. Its tokens do not matter. */
    MicroBatch microBatch() {
        float[] weights = new float[rows * length];
        long left = labels;
        for (int n = 1; n < weights.length && left > 0; n++) {
            if (n % length > 0) { // the first of a row is predicted by nothing
                weights[n] = 1;
                left--;
            }
        }
        int[] begins = new int[documents ? weights.length : 0];
        return new MicroBatch(new int[weights.length], weights, rows, length, 0, begins);
    }
}
