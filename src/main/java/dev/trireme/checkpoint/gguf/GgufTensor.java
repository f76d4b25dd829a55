package dev.trireme.checkpoint.gguf;

import java.util.List;

/**
 * The location of a tensor in a GGUF file.
 *
 * @param name its name in the file, for example {@code blk.0.attn_q.weight}
 * @param type how its values are stored
 * @param shape its sizes, the slowest first as in PyTorch (a file has them the other way round); at least one
 * @param begin offset of its first byte, counted from the start of the file
 */
record GgufTensor(String name, GgufType type, List<Long> shape, long begin) {
    GgufTensor {
        shape = List.copyOf(shape);
    }

    /** How many values it has. */
    long count() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** The number of contiguous values of a row. */
    long rowLength() {
        return shape.get(shape.size() - 1);
    }

    long bytes() {
        return type.bytes(count());
    }
}
