package dev.trireme.generate;

import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * The rows of one request's cache. What goes through the model, for three prompts:
 *
 * <pre>
 *   prefill   aaaa|aaaa|a   bbb   cccc|c      each prompt by itself, in chunks; the head sees last tokens only
 *   step      a b c                           the newest token of every row in one call
 *   step      a c                             b is done and drops out
 * </pre>
 *
 * <p>Without a cache every step is a prefill of the whole text.
 */
final class CacheRows implements AutoCloseable {
    /** Most rows: enough for full matrix products, few enough that logits (rows, V) stay small. */
    static final int MOST = 64;

    /** Tokens of a prompt that go through the layers together: what bounds the memory of activations. */
    static final int CHUNK = 256;

    private final CachedModel model;
    private final InFlight flight;
    private final int rows;
    private final boolean keep;

    /** What is done with the model's numbers. */
    @FunctionalInterface
    interface Head {
        /**
         * Gives each text its next token.
         *
         * @param texts that went in
         * @param tokens the index of each one's last token in the model's last call
         */
        void accept(List<Sequence> texts, int[] tokens);
    }

    /**
     * @param flight in which no call of the model is made after a failure
     * @param keep whether keys and values are kept between steps
     */
    CacheRows(CachedModel model, InFlight flight, int rows, int capacity, boolean keep) {
        this.model = model;
        this.flight = flight;
        this.rows = rows;
        this.keep = keep;
        try {
            model.openCache(rows, capacity);
        } catch (RuntimeException | Error e) {
            model.closeCache(); // the first of several stages may have had room
            throw e;
        }
    }

    int rows() {
        return rows;
    }

    /** Runs texts whose rows hold nothing that they need. */
    void prefill(List<Sequence> texts, Head head) {
        for (Sequence text : texts) {
            model.truncate(text.row(), 0);
            int last = -1;
            for (int begin = 0; begin < text.length(); begin += CHUNK) {
                last = extend(text.row(), text.slice(begin, Math.min(begin + CHUNK, text.length())));
            }
            head.accept(List.of(text), new int[] {last});
        }
    }

    /**
     * Runs ids through the first row.
     *
     * @param head given the index of the first id of each chunk, and all its tokens
     */
    void runThrough(int[] ids, ObjIntConsumer<int[]> head) {
        for (int begin = 0; begin < ids.length; begin += CHUNK) {
            int last = extend(0, Arrays.copyOfRange(ids, begin, Math.min(begin + CHUNK, ids.length)));
            head.accept(IntStream.rangeClosed(0, last).toArray(), begin);
        }
    }

    private int extend(int row, int[] ids) {
        flight.requireGoing();
        model.extend(new int[] {row}, new int[] {ids.length}, ids);
        return ids.length - 1;
    }

    /** Runs texts whose rows lack the newest token. */
    void step(List<Sequence> texts, Head head) {
        if (!keep) {
            prefill(texts, head);
            return;
        }
        int count = texts.size();
        int[] places = new int[count];
        int[] counts = new int[count];
        int[] newest = new int[count];
        int[] tokens = new int[count];
        Arrays.fill(counts, 1);
        for (int i = 0; i < count; i++) {
            Sequence text = texts.get(i);
            places[i] = text.row();
            newest[i] = text.id(text.length() - 1);
            tokens[i] = i;
        }
        flight.requireGoing();
        model.extend(places, counts, newest);
        head.accept(texts, tokens);
    }

    /** Each row becomes what its parent was. */
    void reorder(int[] parents) {
        if (keep) {
            model.reorder(parents);
        }
    }

    @Override
    public void close() {
        model.closeCache();
    }
}
