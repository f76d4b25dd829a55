package dev.trireme.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Backend;

/** The simulated devices of the native tests, in this process. */
public final class Simulator {
    private Simulator() {}

    /**
     * Makes the devices be there.
     *
     * @param folder of the native tests' libraries
     */
    public static void load(Path folder) {
        NativeLibrary.load();
        for (String name : List.of("libtrireme_sim.so", "libtrireme_java_tests.so")) {
            System.load(folder.resolve(name).toAbsolutePath().toString());
        }
    }

    /** Groups whose ranks are threads of this process: nobody's host waits for an all-reduce, as with NCCL. */
    public static List<ProcessGroup> ranks(int count) {
        long meeting = meeting(count);
        return IntStream.range(0, count)
                .mapToObj(rank -> new ProcessGroup(
                        new GroupConfig(BackendKind.NCCL, "threads", rank, count, "127.0.0.1", Duration.ofMinutes(1)),
                        new Backend(new Address(backend(meeting, rank)))))
                .toList();
    }

    /** How often the host has waited for a device, stream or event. */
    public static native long waits();

    /** Leaves so many bytes free on a device. */
    public static native void leave(int device, long bytes);

    private static native long meeting(int ranks);

    private static native long backend(long meeting, int rank);

    private static final class Address extends Pointer {
        Address(long value) {
            address = value;
        }
    }
}
