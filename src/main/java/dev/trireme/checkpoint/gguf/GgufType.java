package dev.trireme.checkpoint.gguf;

import java.nio.ByteBuffer;

/** The supported element types: plain floats, and blocks of small integers with scales. */
enum GgufType {
    /** IEEE single. */
    F32(0, 1, 4, Dequantize::f32),
    /** IEEE half. */
    F16(1, 1, 2, Dequantize::f16),
    /** 4 bits and a scale. */
    Q4_0(2, 32, 18, Dequantize::q40),
    /** 4 bits, a scale and a minimum. */
    Q4_1(3, 32, 20, Dequantize::q41),
    /** 5 bits and a scale; quantisers use it instead of Q4_K for rows that do not fill blocks of 256. */
    Q5_0(6, 32, 22, Dequantize::q50),
    /** 5 bits, a scale and a minimum. */
    Q5_1(7, 32, 24, Dequantize::q51),
    /** 8 bits and a scale. */
    Q8_0(8, 32, 34, Dequantize::q80),
    /** 4 bits; 8 scales and minimums of 6 bits, with a scale for each of both. */
    Q4_K(12, 256, 144, Dequantize::q4k),
    /** 5 bits, the rest as Q4_K. */
    Q5_K(13, 256, 176, Dequantize::q5k),
    /** 6 bits; 16 scales of 8 bits, with a scale for them. */
    Q6_K(14, 256, 210, Dequantize::q6k),
    /** The upper half of a float32. */
    BF16(30, 1, 2, Dequantize::bf16);

    private final int code;
    private final int blockValues;
    private final int blockBytes;

    @SuppressWarnings("ImmutableEnumChecker") // a static function
    private final Block block;

    /** Computes the values of one block. */
    @FunctionalInterface
    interface Block {
        /** Reads a block that begins at byte {@code from}, and writes its values from index {@code to} on. */
        void dequantize(ByteBuffer bytes, int from, float[] values, int to);
    }

    GgufType(int code, int blockValues, int blockBytes, Block block) {
        this.code = code;
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
        this.block = block;
    }

    /** Its number in a file. */
    int code() {
        return code;
    }

    /** How many values of a row share their scales. */
    int blockValues() {
        return blockValues;
    }

    /** The bytes of {@code values} values, which fill whole blocks. */
    long bytes(long values) {
        return Math.multiplyExact(values / blockValues, (long) blockBytes);
    }

    /**
     * Computes values.
     *
     * @param bytes little endian, whole blocks from index 0 on
     * @param values where the first {@code count} values go
     * @param count a multiple of {@link #blockValues()}
     */
    void dequantize(ByteBuffer bytes, float[] values, int count) {
        for (int i = 0; i < count / blockValues; i++) {
            block.dequantize(bytes, i * blockBytes, values, i * blockValues);
        }
    }
}
