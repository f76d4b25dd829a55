package dev.trireme.engine;

import dev.trireme.config.Guard;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;

/** Memory outside the Java heap, freed on close instead of by the garbage collector. */
public final class HostMemory implements AutoCloseable {
    private final BytePointer memory;
    private final int bytes;
    private final Guard guard;

    private HostMemory(int bytes) {
        this.bytes = bytes;
        memory = new BytePointer(Math.max(1L, bytes)); // none has no address
        guard = new Guard("memory of " + bytes + " bytes", memory::close);
    }

    /**
     * Allocates memory without clearing it.
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
     * @throws IllegalStateException when it is closed
     */
    public ByteBuffer buffer() {
        return guard.alone(
                "fill it", () -> memory.asByteBuffer().slice(0, bytes).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** A caller's buffer as C++ reads it, from position to limit. */
    static FloatBuffer floats(ByteBuffer values) {
        if (!values.isDirect() || values.remaining() % Float.BYTES != 0) {
            throw new IllegalArgumentException(
                    values + " does not hold float32 for C++; give a direct buffer of 4 bytes a value");
        }
        return values.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    /** As {@link #floats}, of a buffer that C++ fills. */
    static FloatBuffer writableFloats(ByteBuffer values) {
        if (values.isReadOnly()) {
            throw new IllegalArgumentException(values + " cannot be filled; give a buffer that is not read-only");
        }
        return floats(values);
    }

    /** Refuses a buffer that does not hold exactly so many floats for C++ to read. */
    static void requireFloats(FloatBuffer values, long count) {
        if (values.capacity() != count) {
            throw new IllegalArgumentException(values + " does not hold " + count + " floats; give as many");
        }
        requireNative(values, count);
    }

    /** Refuses a buffer that C++ cannot fill with so many floats. */
    static void requireRoom(FloatBuffer values, long count) {
        if (values.isReadOnly() || values.capacity() < count) {
            throw new IllegalArgumentException(values + " has no room for " + count
                    + " floats that C++ writes; give a direct buffer in native order of that many");
        }
        requireNative(values, count);
    }

    private static void requireNative(FloatBuffer values, long count) {
        if (!values.isDirect() || !values.order().equals(ByteOrder.nativeOrder())) {
            throw new IllegalArgumentException(
                    values + " is not for C++; give a direct buffer in native order of " + count + " floats");
        }
    }

    @Override
    public void close() {
        guard.close();
    }
}
