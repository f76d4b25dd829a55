package dev.trireme.checkpoint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a tensor that is loaded into a parameter: some whole rows.
 *
 * @param index of the parameter
 * @param tensor where its values are
 * @param first number of the first value
 * @param count of values
 */
record TensorPiece(int index, StoredTensor tensor, long first, int count) {
    /** Small enough that a few stay in a core's cache. */
    private static final int BYTES = 1 << 20;

    /** A tensor in pieces of at most a megabyte of float32, or of one row where rows are longer. */
    static List<TensorPiece> of(int index, StoredTensor tensor) {
        List<Long> shape = tensor.entry().shape();
        long values = tensor.entry().bytes() / tensor.entry().type().width();
        long row = shape.size() < 2 ? 1 : values / shape.get(0);
        int count = Math.toIntExact(Math.max(1, BYTES / Float.BYTES / row) * row);
        List<TensorPiece> pieces = new ArrayList<>();
        for (long first = 0; first < values; first += count) {
            pieces.add(new TensorPiece(index, tensor, first, (int) Math.min(count, values - first)));
        }
        return pieces;
    }

    /** Its size as float32. */
    int bytes() {
        return count * Float.BYTES;
    }

    /** Fills a buffer of its {@link #bytes} with float32. */
    ByteBuffer read(ByteBuffer values) {
        DataType type = tensor.entry().type();
        int stored = count * type.width();
        // Narrower values go to the end of the room, from where they are widened forwards.
        tensor.read(first * type.width(), values.slice(bytes() - stored, stored));
        if (type != DataType.F32) {
            HalfFloats.widen(values, type);
        }
        return values;
    }
}
