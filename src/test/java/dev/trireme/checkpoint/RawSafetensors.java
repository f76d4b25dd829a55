package dev.trireme.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Bytes of safetensors files, right or wrong, put together without the writer. */
final class RawSafetensors {
    private RawSafetensors() {}

    /** Single quotes stand for double ones. */
    static byte[] file(String header, int dataLength) {
        return file(header.replace('\'', '"').getBytes(StandardCharsets.UTF_8), dataLength);
    }

    static byte[] file(byte[] header, int dataLength) {
        byte[] data = new byte[dataLength];
        for (int i = 0; i < dataLength; i++) {
            data[i] = (byte) (i + 1);
        }
        return file(header.length, header, data);
    }

    static byte[] file(long claimedLength, byte[] header, byte[] data) {
        return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(claimedLength)
                .put(header)
                .put(data)
                .array();
    }
}
