package dev.trireme.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {
    @Test
    void everyF16BecomesTheFloatOfItsDefinition() {
        ByteBuffer values = allOf(DataType.F16);
        for (int half = 0; half < 1 << 16; half++) {
            // IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
            int exponent = half >> 10 & 31;
            double fraction = (half & 1023) / 1024.0;
            double magnitude =
                    exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
            if (exponent == 31) {
                magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            }
            float expected = (float) (half < 1 << 15 ? magnitude : -magnitude);
            assertThat(Float.compare(values.getFloat(4 * half), expected))
                    .as("half %x", half)
                    .isZero();
        }
    }

    @Test
    void everyBf16IsTheUpperHalfOfItsFloat() {
        ByteBuffer values = allOf(DataType.BF16);
        for (int half = 0; half < 1 << 16; half++) {
            assertThat(values.getInt(4 * half)).isEqualTo(half << 16);
        }
    }

    private static ByteBuffer allOf(DataType type) {
        ByteBuffer values = ByteBuffer.allocate(4 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int half = 0; half < 1 << 16; half++) {
            values.putShort((2 << 16) + 2 * half, (short) half);
        }
        HalfFloats.widen(values, type);
        return values;
    }
}
