package dev.trireme.checkpoint;

import java.util.List;

/** The element types of the safetensors format that take whole bytes, by the names they have in a file. */
public enum DataType {
    /** One byte, 0 or 1. */
    BOOL(1),
    /** Unsigned byte. */
    U8(1),
    /** Signed byte. */
    I8(1),
    /** Float of 5 exponent and 2 fraction bits. */
    F8_E5M2(1),
    /** Float of 4 exponent and 3 fraction bits. */
    F8_E4M3(1),
    /** Unsigned 16-bit integer. */
    U16(2),
    /** Signed 16-bit integer. */
    I16(2),
    /** IEEE half. */
    F16(2),
    /** The upper half of a float32. */
    BF16(2),
    /** Unsigned 32-bit integer. */
    U32(4),
    /** Signed 32-bit integer. */
    I32(4),
    /** IEEE single. */
    F32(4),
    /** Unsigned 64-bit integer. */
    U64(8),
    /** Signed 64-bit integer. */
    I64(8),
    /** IEEE double. */
    F64(8);

    private final int width;

    DataType(int width) {
        this.width = width;
    }

    /**
     * The size of one element.
     *
     * @return bytes
     */
    public int width() {
        return width;
    }

    /**
     * The size of a tensor.
     *
     * @param shape its sizes, not negative; empty for a single number
     * @return bytes
     * @throws ArithmeticException when a size is negative or the product does not fit a {@code long}
     */
    long bytes(List<Long> shape) {
        long bytes = width;
        for (long size : shape) {
            if (size < 0) {
                throw new ArithmeticException("size " + size + " is negative");
            }
            bytes = Math.multiplyExact(bytes, size);
        }
        return bytes;
    }
}
