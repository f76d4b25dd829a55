package dev.trireme.parallel;

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
    /** B T: rows of the residual stream. */
    long tokens() {
        return (long) rows * length;
    }
}
