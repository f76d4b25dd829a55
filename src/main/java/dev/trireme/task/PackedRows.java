package dev.trireme.task;

import dev.trireme.data.Example;
import dev.trireme.data.ExampleRows;
import java.util.Arrays;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Short documents side by side in rows, each of which sees itself only. The longest come first, each into the row with the
 * least room that is enough (best fit decreasing, Johnson 1973).
 *
 * <pre>
 *   aaaaaabb
 *   ccccddd·      · padding
 * </pre>
 *
 * <p>Documents that are longer than a row are cut. Those without a label are left out.
 */
final class PackedRows implements ExampleRows {
    private static final Logger LOG = LoggerFactory.getLogger(PackedRows.class);

    private final EncodedCorpus corpus;
    private final int[] documents; // in the order of rows
    private final int[] firsts; // the first of each row in `documents`, and their number
    private final int[] lengths; // of rows
    private final int[] labels;

    PackedRows(EncodedCorpus corpus, int most) {
        this.corpus = corpus;
        int count = corpus.counts().documents();
        int[] size = new int[count];
        int[] learned = new int[count];
        int cut = 0;
        int lost = 0;
        for (int document = 0; document < count; document++) {
            long whole = corpus.end(document) - corpus.begin(document);
            size[document] = (int) Math.min(whole, most);
            learned[document] = learned(document, size[document]);
            cut += whole > most ? 1 : 0;
            lost += learned[document] == 0 ? 1 : 0;
        }
        if (cut > 0 || lost > 0) {
            LOG.warn(
                    "{} of {} documents are cut to {} tokens; {} keep nothing to learn and are left out",
                    cut,
                    count,
                    most,
                    lost);
        }
        int[] order = byLength(size, learned, most);
        int[] rowOf = new int[count];
        int rows = pack(order, size, most, rowOf);
        this.lengths = new int[rows];
        this.labels = new int[rows];
        this.firsts = new int[rows + 1];
        for (int document : order) {
            firsts[rowOf[document] + 1]++;
            lengths[rowOf[document]] += size[document];
            labels[rowOf[document]] += learned[document];
        }
        Arrays.parallelPrefix(firsts, Integer::sum);
        int[] next = firsts.clone();
        this.documents = new int[order.length];
        for (int document : order) {
            documents[next[rowOf[document]]++] = document;
        }
    }

    /** Labels of a document; its first token is predicted by nothing. */
    private int learned(int document, int length) {
        long begin = corpus.begin(document);
        int count = 0;
        for (int t = 1; t < length; t++) {
            count += corpus.isLearned(begin + t) ? 1 : 0;
        }
        return count;
    }

    /** The documents with labels, the longest first, and those of one length in their order. */
    private static int[] byLength(int[] size, int[] learned, int most) {
        int[] counts = new int[most + 2];
        for (int document = 0; document < size.length; document++) {
            counts[most - size[document] + 1] += learned[document] > 0 ? 1 : 0;
        }
        Arrays.parallelPrefix(counts, Integer::sum);
        int[] order = new int[counts[most + 1]];
        for (int document = 0; document < size.length; document++) {
            if (learned[document] > 0) {
                order[counts[most - size[document]]++] = document;
            }
        }
        return order;
    }

    /** @return how many rows there are */
    private static int pack(int[] order, int[] size, int most, int[] rowOf) {
        BitSet rooms = new BitSet(most + 1); // of which there is a row
        int[] lastWith = new int[most + 1]; // the last row with so much room
        int[] before = new int[order.length]; // the row with as much room that came before
        int rows = 0;
        for (int document : order) {
            int room = rooms.nextSetBit(size[document]);
            int row;
            if (room < 0) {
                row = rows++;
                room = most;
            } else {
                row = lastWith[room];
                lastWith[room] = before[row];
                rooms.set(room, lastWith[room] >= 0);
            }
            rowOf[document] = row;
            int left = room - size[document];
            before[row] = rooms.get(left) ? lastWith[left] : -1;
            lastWith[left] = row;
            rooms.set(left);
        }
        return rows;
    }

    @Override
    public int size() {
        return lengths.length;
    }

    @Override
    public Example get(int index) {
        int length = lengths[index];
        int[] ids = new int[length];
        float[] weights = new float[length];
        int[] begins = new int[length];
        int at = 0;
        for (int i = firsts[index]; i < firsts[index + 1]; i++) {
            int begin = at;
            long first = corpus.begin(documents[i]);
            int count = (int) Math.min(corpus.end(documents[i]) - first, length - begin);
            for (int t = 0; t < count; t++, at++) {
                ids[at] = corpus.id(first + t);
                weights[at] = t > 0 && corpus.isLearned(first + t) ? 1 : 0;
                begins[at] = begin;
            }
        }
        return new Example(ids, weights, begins);
    }

    @Override
    public int length(int index) {
        return lengths[index];
    }

    @Override
    public int labels(int index) {
        return labels[index];
    }

    /** The tokens of all rows. */
    long tokens() {
        return Arrays.stream(lengths).asLongStream().sum();
    }
}
