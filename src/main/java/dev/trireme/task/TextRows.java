package dev.trireme.task;

import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import java.util.Arrays;

/**
 * Documents one after the other, cut into rows of one length: no token twice, and none lost but those of the last row that
 * is not full.
 *
 * <pre>
 *   documents   aaaaa bbb ccccccc
 *   rows        aaaa abbb cccc      ccc is lost
 * </pre>
 *
 * <p>With a mask, the tokens of a row see only those of their own document, whose first token in the row is predicted by
 * nothing.
 */
final class TextRows implements ExampleRows {
    private final EncodedCorpus corpus;
    private final int length;
    private final boolean masked;

    TextRows(EncodedCorpus corpus, int length, boolean masked) {
        this.corpus = corpus;
        this.length = length;
        this.masked = masked;
    }

    @Override
    public int size() {
        return Math.toIntExact(corpus.counts().tokens() / length);
    }

    @Override
    public Example get(int index) {
        long first = (long) index * length;
        int[] ids = new int[length];
        float[] weights = new float[length];
        Arrays.fill(weights, 1);
        for (int t = 0; t < length; t++) {
            ids[t] = corpus.id(first + t);
        }
        if (!masked) {
            return new Example(ids, weights);
        }
        int[] begins = new int[length];
        int document = corpus.documentOf(first);
        int begin = 0;
        for (int t = 0; t < length; t++) {
            if (first + t >= corpus.end(document)) {
                document++;
                begin = t;
            }
            begins[t] = begin;
            weights[t] = begin == t ? 0 : 1;
        }
        return new Example(ids, weights, begins);
    }

    @Override
    public int length(int index) {
        return length;
    }

    /** Of a masked row an upper bound: its documents are not counted. */
    @Override
    public int labels(int index) {
        return length - 1;
    }
}
