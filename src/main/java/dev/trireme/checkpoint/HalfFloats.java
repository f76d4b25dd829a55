package dev.trireme.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;

/** Widens 16-bit floats to float32, exactly, since every half is a float; and rounds to bfloat16. */
public final class HalfFloats {
    private HalfFloats() {}

    /**
     * Widens one IEEE half.
     *
     * @param bits its 16 bits
     * @return the same number
     */
    public static float ofF16(short bits) {
        return Float.intBitsToFloat(F16.FLOATS[bits & 0xffff]);
    }

    /**
     * Rounds to bfloat16: to nearest, ties to even.
     *
     * @param value any number
     * @return its 16 bits; a NaN stays one
     */
    static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40); // quiet: rounding could make it infinite
        }
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }

    /**
     * Widens in place.
     *
     * @param values little endian; room for n float32 from position 0 to limit, whose second half holds the n 16-bit
     *     values
     * @param type F16 or BF16
     */
    static void widen(ByteBuffer values, DataType type) {
        IntBuffer floats = values.asIntBuffer();
        int half = values.limit() / 2;
        ShortBuffer halves =
                values.slice(half, half).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
        if (type == DataType.BF16) {
            widenBf16(halves, floats);
        } else {
            widenF16(halves, floats);
        }
    }

    // In both loops the read index stays before the write index until they meet at the end.

    private static void widenBf16(ShortBuffer halves, IntBuffer floats) {
        for (int i = 0; i < halves.limit(); i++) {
            floats.put(i, halves.get(i) << 16);
        }
    }

    private static void widenF16(ShortBuffer halves, IntBuffer floats) {
        int[] table = F16.FLOATS;
        for (int i = 0; i < halves.limit(); i++) {
            floats.put(i, table[halves.get(i) & 0xffff]);
        }
    }

    /** A table with the float of every half. A look-up takes half the time of the computation, also for subnormals. */
    private static final class F16 {
        static final int[] FLOATS = new int[1 << 16];

        static {
            for (int half = 0; half < FLOATS.length; half++) {
                FLOATS[half] = bitsOf(half);
            }
        }

        private static int bitsOf(int half) {
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
}
