package dev.trireme.checkpoint;

import java.nio.ByteBuffer;

/** Widens 16-bit floats to float32 where they lie. Exact: every half is a float. */
final class HalfFloats {
    private HalfFloats() {}

    /**
     * Widens in place.
     *
     * @param values room for n float32 from position 0 to limit; its second half holds the n 16-bit values
     * @param type F16 or BF16
     */
    static void widen(ByteBuffer values, DataType type) {
        int count = values.limit() / Float.BYTES;
        // The reader is ahead of the writer until both meet at the end.
        for (int i = 0; i < count; i++) {
            int half = values.getShort((count + i) * Short.BYTES) & 0xffff;
            values.putInt(i * Float.BYTES, type == DataType.BF16 ? half << 16 : bitsOfHalf(half));
        }
    }

    private static int bitsOfHalf(int half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            // Zero and subnormals: fraction × 2^-24.
            return sign | Float.floatToRawIntBits(fraction * 0x1p-24f);
        }
        int widened = exponent == 0x1f ? 0xff : exponent - 15 + 127;
        return sign | widened << 23 | fraction << 13;
    }
}
