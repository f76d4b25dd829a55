package dev.trireme.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;

/** Bytes outside the heap, freed when closed; those of a direct buffer would wait for the garbage collector. */
public final class HostMemory implements AutoCloseable {
    private final BytePointer memory;
    private final int bytes;

    private HostMemory(int bytes) {
        this.bytes = bytes;
        memory = new BytePointer(Math.max(1L, bytes)); // none has no address
    }

    /**
     * Takes memory, whose content is left as it is.
     *
     * @param bytes how much
     * @return the memory; the caller closes it
     * @throws IllegalArgumentException for less than 0 bytes, and for 2<sup>31</sup> and more, which no buffer spans
     * @throws OutOfMemoryError when the machine has not as much
     */
    public static HostMemory allocate(long bytes) {
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("bytes is " + bytes + "; use 0 to " + Integer.MAX_VALUE);
        }
        return new HostMemory((int) bytes);
    }

    /**
     * All of it.
     *
     * @return a little-endian buffer, which nothing may touch after {@link #close}
     */
    public ByteBuffer buffer() {
        return memory.asByteBuffer().slice(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        memory.close();
    }
}
