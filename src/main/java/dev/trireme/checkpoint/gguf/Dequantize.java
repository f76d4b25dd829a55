package dev.trireme.checkpoint.gguf;

import dev.trireme.checkpoint.HalfFloats;
import java.nio.ByteBuffer;

/**
 * Dequantisation, one function for each block type: float32 arithmetic in the order of ggml's reference, so that values
 * have the same bits as in other readers.
 *
 * <pre>
 *   d   scale of the block (half)         q   a small integer
 *   m   minimum of the block (half)       s   scale of a part of the block (integer)
 * </pre>
 */
final class Dequantize {
    private static final int HALF_BLOCK = 16;
    private static final int PART = 32;
    private static final int PARTS = 8;

    private Dequantize() {}

    static void f32(ByteBuffer bytes, int from, float[] values, int to) {
        values[to] = bytes.getFloat(from);
    }

    static void f16(ByteBuffer bytes, int from, float[] values, int to) {
        values[to] = HalfFloats.ofF16(bytes.getShort(from));
    }

    static void bf16(ByteBuffer bytes, int from, float[] values, int to) {
        values[to] = Float.intBitsToFloat(bytes.getShort(from) << 16);
    }

    /** {@code d q}: d, then 32 signed bytes. */
    static void q80(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from);
        for (int i = 0; i < PART; i++) {
            values[to + i] = d * bytes.get(from + 2 + i);
        }
    }

    /** {@code d (q - 8)}: d, then 16 bytes, whose low halves are the first 16 values and whose high ones the others. */
    static void q40(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from);
        for (int i = 0; i < HALF_BLOCK; i++) {
            int pair = bytes.get(from + 2 + i);
            values[to + i] = d * (four(pair, 0) - 8);
            values[to + HALF_BLOCK + i] = d * (four(pair, 4) - 8);
        }
    }

    /** {@code d q + m}: d, m, then as Q4_0. */
    static void q41(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from);
        float m = f16(bytes, from + 2);
        for (int i = 0; i < HALF_BLOCK; i++) {
            int pair = bytes.get(from + 4 + i);
            values[to + i] = d * four(pair, 0) + m;
            values[to + HALF_BLOCK + i] = d * four(pair, 4) + m;
        }
    }

    /** {@code d (q - 16)}: d, the fifth bits of all 32 values, then as Q4_0. */
    static void q50(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from);
        int fifth = bytes.getInt(from + 2);
        for (int i = 0; i < HALF_BLOCK; i++) {
            int pair = bytes.get(from + 6 + i);
            values[to + i] = d * (five(pair, 0, fifth, i) - 16);
            values[to + HALF_BLOCK + i] = d * (five(pair, 4, fifth, HALF_BLOCK + i) - 16);
        }
    }

    /** {@code d q + m}: d, m, then as Q5_0. */
    static void q51(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from);
        float m = f16(bytes, from + 2);
        int fifth = bytes.getInt(from + 4);
        for (int i = 0; i < HALF_BLOCK; i++) {
            int pair = bytes.get(from + 8 + i);
            values[to + i] = d * five(pair, 0, fifth, i) + m;
            values[to + HALF_BLOCK + i] = d * five(pair, 4, fifth, HALF_BLOCK + i) + m;
        }
    }

    /**
     * {@code (d s) q - (m t)} for 8 parts of 32 values: d, m, 12 bytes with s and t, then 4 × 32 bytes, whose low halves
     * are one part and whose high halves the next.
     */
    static void q4k(ByteBuffer bytes, int from, float[] values, int to) {
        for (int part = 0; part < PARTS; part++) {
            float d = scale(bytes, from, part);
            float m = minimum(bytes, from, part);
            int q = from + 16 + part / 2 * PART;
            int shift = part % 2 * 4;
            for (int i = 0; i < PART; i++) {
                values[to + part * PART + i] = d * four(bytes.get(q + i), shift) - m;
            }
        }
    }

    /** As Q4_K, with 32 bytes before the last ones: bit p of byte i is the fifth bit of value i of part p. */
    static void q5k(ByteBuffer bytes, int from, float[] values, int to) {
        for (int part = 0; part < PARTS; part++) {
            float d = scale(bytes, from, part);
            float m = minimum(bytes, from, part);
            int fifth = from + 16;
            int q = fifth + PART + part / 2 * PART;
            int shift = part % 2 * 4;
            for (int i = 0; i < PART; i++) {
                values[to + part * PART + i] = d * five(bytes.get(q + i), shift, bytes.get(fifth + i), part) - m;
            }
        }
    }

    /** d s of Q4_K: 6 bits of s, together or as 4 and 2. */
    private static float scale(ByteBuffer bytes, int from, int part) {
        int at = from + 4 + part % 4;
        int s = part < 4 ? bytes.get(at) & 63 : six(four(bytes.get(at + 8), 0), bytes.get(at), 6);
        return f16(bytes, from) * s;
    }

    private static float minimum(ByteBuffer bytes, int from, int part) {
        int at = from + 8 + part % 4;
        int t = part < 4 ? bytes.get(at) & 63 : six(four(bytes.get(at + 4), 4), bytes.get(at), 6);
        return f16(bytes, from + 2) * t;
    }

    /**
     * {@code (d s) (q - 32)}: 128 bytes with the low 4 bits of q, 64 with the high 2, 16 signed bytes s, then d. A half
     * of 128 values has 64 of the first bytes, whose low halves are its first 64 values, and 32 of the second.
     */
    static void q6k(ByteBuffer bytes, int from, float[] values, int to) {
        float d = f16(bytes, from + 208);
        for (int part = 0; part < PARTS; part++) {
            int low = from + part / 4 * 64 + part % 2 * PART;
            int lowShift = part % 4 / 2 * 4;
            int high = from + 128 + part / 4 * PART;
            int highShift = part % 4 * 2;
            for (int i = 0; i < PART; i++) {
                int at = part * PART + i;
                float scale = d * bytes.get(from + 192 + at / 16);
                int q = six(four(bytes.get(low + i), lowShift), bytes.get(high + i), highShift);
                values[to + at] = scale * (q - 32);
            }
        }
    }

    /** The four bits of a byte from bit {@code shift} on. */
    private static int four(int bits, int shift) {
        return (bits >> shift) & 15;
    }

    /** Those four bits with bit {@code at} of {@code fifth} as the fifth. */
    private static int five(int bits, int shift, int fifth, int at) {
        return four(bits, shift) | (((fifth >> at) & 1) << 4);
    }

    /** Four bits with the two bits of {@code high} from bit {@code shift} on above them. */
    private static int six(int four, int high, int shift) {
        return four | (((high >> shift) & 3) << 4);
    }

    private static float f16(ByteBuffer bytes, int at) {
        return HalfFloats.ofF16(bytes.getShort(at));
    }
}
