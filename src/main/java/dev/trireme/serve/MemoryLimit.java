package dev.trireme.serve;

import dev.trireme.config.DeviceKind;
import dev.trireme.engine.Device;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.NativeLibrary;
import java.util.Objects;
import java.util.OptionalDouble;

/** What decoding is bound by: how fast a stage can read its weights. */
public final class MemoryLimit {
    private static final long BYTES = 256L << 20; // more than caches hold, and read in some hundredths of a second
    private static final int REPETITIONS = 2;

    private MemoryLimit() {}

    /**
     * Measures it, with the threads of a stage; within a fraction of a second.
     *
     * @param device {@code cpu}, {@code cuda:N}, or {@code cuda} for the first GPU
     * @return bytes per second; empty if the device has no room to measure in
     */
    public static OptionalDouble bytesPerSecond(String device) {
        Objects.requireNonNull(device, "device");
        return bytesPerSecond(device, BYTES);
    }

    static OptionalDouble bytesPerSecond(String device, long bytes) {
        Device of = Device.parse(DeviceKind.ofStage(device, 0));
        try {
            return OptionalDouble.of(bytes / NativeLibrary.readSeconds(of, bytes, REPETITIONS));
        } catch (EngineException e) {
            return OptionalDouble.empty();
        }
    }
}
