package dev.trireme.generate;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** Copies logits from the model, in blocks of rows through one reused buffer. */
final class LogitRows {
    private static final int MOST_FLOATS = 1 << 24; // 64 MB

    private final CachedModel model;
    private final int vocabulary;
    private FloatBuffer buffer = FloatBuffer.allocate(0);

    /** Takes the logits of one token. */
    @FunctionalInterface
    interface Reader {
        /**
         * Reads one token's logits.
         *
         * @param index of the token among those asked for
         * @param logits (V), direct, until the next token's are read
         */
        void accept(int index, FloatBuffer logits);
    }

    LogitRows(CachedModel model) {
        this.model = model;
        this.vocabulary = model.vocabulary();
    }

    /** @param tokens indices into the ids of the last {@code extend} */
    void read(int[] tokens, Reader reader) {
        int block = rowsAtOnce(tokens.length, vocabulary);
        reserve(block * vocabulary);
        for (int begin = 0; begin < tokens.length; begin += block) {
            int end = Math.min(begin + block, tokens.length);
            model.logits(Arrays.copyOfRange(tokens, begin, end), buffer);
            for (int i = begin; i < end; i++) {
                reader.accept(i, buffer.slice((i - begin) * vocabulary, vocabulary));
            }
        }
    }

    private void reserve(int floats) {
        if (buffer.capacity() < floats) {
            buffer = ByteBuffer.allocateDirect(floats * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
        }
    }

    /** Bytes of the buffer for so many tokens. */
    static long bytes(int tokens, int vocabulary) {
        return (long) rowsAtOnce(tokens, vocabulary) * vocabulary * Float.BYTES;
    }

    private static int rowsAtOnce(int tokens, int vocabulary) {
        return Math.max(1, Math.min(Math.min(tokens, CacheSlots.MOST), MOST_FLOATS / vocabulary));
    }
}
