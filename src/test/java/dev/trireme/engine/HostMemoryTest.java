package dev.trireme.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostMemoryTest {
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4097})
    void theBufferSpansWhatWasAskedFor(long bytes) {
        try (HostMemory memory = HostMemory.allocate(bytes)) {
            ByteBuffer buffer = memory.buffer();
            assertThat(buffer.isDirect()).isTrue();
            assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(buffer.remaining()).isEqualTo((int) bytes);
            for (int i = 0; i < bytes; i++) {
                buffer.put(i, (byte) i);
            }
            for (int i = 0; i < bytes; i++) {
                assertThat(memory.buffer().get(i)).isEqualTo((byte) i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 1L << 31})
    void whatNoBufferSpansIsRefused(long bytes) {
        assertThatThrownBy(() -> HostMemory.allocate(bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes is " + bytes + "; use 0 to 2147483647");
    }

    @Test
    void closingTwiceFreesOnceAndNobodyGetsAtItAfterwards() {
        HostMemory memory = HostMemory.allocate(64);
        memory.close();
        memory.close();
        assertThatThrownBy(memory::buffer)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("memory of 64 bytes is closed; open a new one to fill it");
    }
}
