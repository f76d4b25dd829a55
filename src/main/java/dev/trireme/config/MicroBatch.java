package dev.trireme.config;

/**
 * A micro-batch: rows of tokens that go through a stage together. The arrays are not copied; the caller must not change
 * them before the step is done.
 *
 * @param ids token ids (rows, length), row by row
 * @param weights label weights (rows, length): {@code weights[b][t]} is that of predicting {@code ids[b][t]}, so column
 *     0 is unused
 * @param rows B
 * @param length T
 * @param firstRow number of the first row within the global batch, part of the key of dropout
 * @param begins where within its row the document of each token begins (rows, length), for rows of several documents, which
 *     do not see each other; empty where each row is one document
 */
@SuppressWarnings("ArrayRecordComponent") // millions of numbers a second: a List would box them
public record MicroBatch(int[] ids, float[] weights, int rows, int length, long firstRow, int[] begins) {
    private static final int[] ONE_DOCUMENT = {};

    /**
     * Checks that the sizes fit.
     *
     * @throws IllegalArgumentException when they do not, with all of them
     */
    public MicroBatch {
        NullChecks.require("ids", ids, "weights", weights, "begins", begins);
        long count = (long) rows * length;
        if (rows < 1 || length < 1 || ids.length != count || weights.length != count || firstRow < 0) {
            throw new IllegalArgumentException("a micro-batch of " + rows + " rows of " + length + " tokens from row "
                    + firstRow + " has " + ids.length + " ids and " + weights.length
                    + " weights; give rows × length of both, rows and length from 1, first row from 0");
        }
        if (begins.length != 0 && begins.length != count) {
            throw new IllegalArgumentException("a micro-batch of " + rows + " rows of " + length + " tokens has "
                    + begins.length + " begins of documents; give one for each token, or none");
        }
    }

    /**
     * Rows that are one document each.
     *
     * @param ids token ids (rows, length)
     * @param weights label weights (rows, length)
     * @param rows B
     * @param length T
     * @param firstRow number of the first row within the global batch
     */
    public MicroBatch(int[] ids, float[] weights, int rows, int length, long firstRow) {
        this(ids, weights, rows, length, firstRow, ONE_DOCUMENT);
    }

    /** Whether rows hold several documents, which do not see each other. */
    public boolean hasDocuments() {
        return begins.length > 0;
    }

    /**
     * The divisor that turns its loss into a mean.
     *
     * @return the sum of the label weights, column 0 left out
     */
    public double weightSum() {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += i % length == 0 ? 0 : weights[i];
        }
        return sum;
    }
}
