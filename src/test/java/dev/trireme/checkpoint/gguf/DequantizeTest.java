package dev.trireme.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DequantizeTest {
    @ParameterizedTest
    @EnumSource
    void everyBlockHasTheBitsThatGgufPyComputes(GgufType type) {
        JsonNode golden = GoldenGguf.json("blocks.json").path(type.name());
        JsonNode bits = golden.path("bits");
        byte[] bytes = HexFormat.of().parseHex(golden.path("bytes").asText());
        float[] values = new float[bits.size()];

        type.dequantize(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), values, values.length);

        assertThat(values.length).isGreaterThanOrEqualTo(24);
        assertThat(type.bytes(values.length)).isEqualTo(bytes.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(Integer.toUnsignedLong(Float.floatToRawIntBits(values[i])))
                    .as("value %d of %s", i, type)
                    .isEqualTo(bits.path(i).asLong());
        }
    }
}
