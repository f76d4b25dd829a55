package dev.trireme.cost;

import dev.trireme.config.MicroBatch;

/**
 * The most that a pipeline is given: buffers grow to it and stay. Batches of training differ in length and labels; the
 * largest values of each bound every micro-batch.
 *
 * @param rows B of a micro-batch
 * @param length T, tokens of its longest row
 * @param labels M, positions of the whole micro-batch with a weight; B (T − 1) if all have, since the last of a row
 *     predicts nothing
 * @param evaluates whether losses are measured between steps, which holds as many micro-batches as a step has
 */
public record Workload(int rows, int length, long labels, boolean evaluates) {
    /** One that is met in full: the first M positions with a label. Its tokens do not matter. */
    MicroBatch microBatch() {
        float[] weights = new float[rows * length];
        long left = labels;
        for (int n = 1; n < weights.length && left > 0; n++) {
            if (n % length > 0) { // the first of a row is predicted by nothing
                weights[n] = 1;
                left--;
            }
        }
        return new MicroBatch(new int[weights.length], weights, rows, length, 0);
    }
}
