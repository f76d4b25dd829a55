package dev.trireme.generate;

import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * The cache slots of one group of prompts. These tokens go through the model for three prompts:
 *
 * <pre>
 *   prefill   aaaa|aaaa|a   bbb   cccc|c      each prompt by itself, in chunks; the head sees last tokens only
 *   step      a b c                           the newest token of every slot in one call
 *   step      a c                             b is done and drops out
 * </pre>
 *
 * <p>Without a cache every step is a prefill of the whole text.
 */
final class CacheSlots implements AutoCloseable {
    /** Most slots: enough for full matrix products, few enough that logits (slots, V) stay small. */
    static final int MOST = 64;

    /** Most tokens of a prompt in one pass, which bounds the memory of activations. */
    static final int CHUNK = 256;

    private final CachedModel model;
    private final InFlight flight;
    private final int slots;
    private final boolean keep;

    /** Chooses next tokens by the model's output. */
    @FunctionalInterface
    interface NextTokens {
        /**
         * Appends the next token to each sequence.
         *
         * @param texts sequences of the last pass
         * @param tokens index of each sequence's last token in the pass
         */
        void accept(List<Sequence> texts, int[] tokens);
    }

    /**
     * @param flight refuses calls of the model after a failure
     * @param keep whether keys and values are kept between steps
     */
    CacheSlots(CachedModel model, InFlight flight, int slots, int capacity, boolean keep) {
        this.model = model;
        this.flight = flight;
        this.slots = slots;
        this.keep = keep;
        try {
            model.openCache(slots, capacity);
        } catch (RuntimeException | Error e) {
            model.closeCache(); // the first of several stages may have had room
            throw e;
        }
    }

    int count() {
        return slots;
    }

    /** Prefill: runs whole sequences, whose slots are overwritten. */
    void prefill(List<Sequence> texts, NextTokens next) {
        for (Sequence text : texts) {
            model.truncate(text.slot(), 0);
            int last = -1;
            for (int begin = 0; begin < text.length(); begin += CHUNK) {
                last = extend(text.slot(), text.slice(begin, Math.min(begin + CHUNK, text.length())));
            }
            next.accept(List.of(text), new int[] {last});
        }
    }

    /**
     * Runs ids through the first slot.
     *
     * @param next receives, for each chunk, the indices of its tokens and the position of the first
     */
    void runThrough(int[] ids, ObjIntConsumer<int[]> next) {
        for (int begin = 0; begin < ids.length; begin += CHUNK) {
            int last = extend(0, Arrays.copyOfRange(ids, begin, Math.min(begin + CHUNK, ids.length)));
            next.accept(IntStream.rangeClosed(0, last).toArray(), begin);
        }
    }

    private int extend(int slot, int[] ids) {
        flight.requireGoing();
        model.extend(new int[] {slot}, new int[] {ids.length}, ids);
        return ids.length - 1;
    }

    /** One decode step: appends each sequence's last token to its slot. */
    void step(List<Sequence> texts, NextTokens next) {
        if (!keep) {
            prefill(texts, next);
            return;
        }
        int count = texts.size();
        int[] slots = new int[count];
        int[] counts = new int[count];
        int[] newest = new int[count];
        int[] tokens = new int[count];
        Arrays.fill(counts, 1);
        for (int i = 0; i < count; i++) {
            Sequence text = texts.get(i);
            slots[i] = text.slot();
            newest[i] = text.id(text.length() - 1);
            tokens[i] = i;
        }
        flight.requireGoing();
        model.extend(slots, counts, newest);
        next.accept(texts, tokens);
    }

    /** Makes each slot a copy of its parent. */
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
