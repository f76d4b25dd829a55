package dev.trireme.engine;

import dev.trireme.config.DeviceKind;
import dev.trireme.config.Precision;
import dev.trireme.engine.bindings.global.core;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads libtorch and the native core once, and holds the settings of the whole process. */
public final class NativeLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibrary.class);
    private static final List<String> JAVACPP_LIMITS =
            List.of("org.bytedeco.javacpp.maxphysicalbytes", "org.bytedeco.javacpp.maxbytes");

    private NativeLibrary() {}

    /**
     * Loads everything, after repairing the cache of extracted libraries. Later calls do nothing. Classes that need the
     * library call this themselves.
     *
     * @throws IllegalStateException naming what is missing and the cure
     */
    public static void load() {
        Loading.FAILURE.ifPresent(failure -> {
            throw new IllegalStateException(failure.getMessage(), failure);
        });
    }

    /**
     * Extracts the native libraries that are not in JavaCPP's cache yet, or are there with a wrong size, without
     * loading them. A launcher does this before it starts ranks: two that start together on a cold cache would crash.
     *
     * @return what was extracted, empty when the cache was whole
     * @throws IllegalStateException when it cannot be done, naming the cache, its free space and the cure
     */
    public static List<Path> warmCache() {
        return NativeCache.repair();
    }

    /**
     * The folder of extracted libraries.
     *
     * @return an existing folder
     * @throws IllegalStateException when none can be made
     */
    public static Path cacheFolder() {
        return NativeCache.folder();
    }

    /**
     * Sets the threads of every operator of this process, libtorch's and those of its BLAS. The default is one thread
     * per core. Operators do without a core while another program uses it.
     *
     * @param count from 1 to 1024
     * @throws IllegalArgumentException for another count
     */
    public static void setThreads(int count) {
        if (count < 1 || count > 1024) {
            throw new IllegalArgumentException("threads is " + count + "; use 1 to 1024");
        }
        load();
        core.set_threads(count);
    }

    /**
     * Sets how matrix products of float32 are computed on GPUs, for the whole process. The default is as they are stored.
     *
     * @param precision which
     */
    public static void setPrecision(Precision precision) {
        Objects.requireNonNull(precision, "precision");
        load();
        core.set_tf32(precision == Precision.TF32);
    }

    /**
     * How many GPUs libtorch can use here.
     *
     * @return 0 where it was built without CUDA or the machine has no driver
     */
    public static int gpuCount() {
        load();
        return (int) core.device_count(DeviceKind.CUDA.toString());
    }

    /**
     * Version and build configuration of libtorch, and the instruction set of our own kernels.
     *
     * @return several lines
     */
    public static String describe() {
        load();
        return core.describe();
    }

    /**
     * The instruction set of our own kernels and the kernels of the BLAS: with others the last bits of results differ.
     *
     * @return one line
     */
    public static String arithmetic() {
        load();
        return core.arithmetic();
    }

    /**
     * Measures the compute limit of a training step: a float32 GEMM with the routine and threads of the stages.
     *
     * @param device whose
     * @param rows of the left matrix
     * @param inner the dimension that is summed over
     * @param columns of the right matrix
     * @param repetitions of which the best counts
     * @return seconds
     * @throws EngineException when it cannot be measured, such as on a device without room for the matrices
     */
    public static double gemmSeconds(Device device, int rows, int inner, int columns, int repetitions) {
        Objects.requireNonNull(device, "device");
        load();
        return measured(device, name -> core.gemm_seconds(name, rows, inner, columns, repetitions));
    }

    /**
     * Measures the memory limit of a decode step: reading as many bytes as its weights take.
     *
     * @param device whose
     * @param bytes of float32 that are summed
     * @param repetitions of which the best counts
     * @return seconds of one
     * @throws EngineException when it cannot be measured, such as on a device without room for the bytes
     */
    public static double readSeconds(Device device, long bytes, int repetitions) {
        Objects.requireNonNull(device, "device");
        load();
        return measured(device, name -> core.read_seconds(name, bytes, repetitions));
    }

    private static double measured(Device device, ToDoubleFunction<String> seconds) {
        try {
            return seconds.applyAsDouble(device.toString());
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, device + ", measuring");
        }
    }

    /** The JVM runs this initializer once and makes other threads wait for it. */
    private static final class Loading {
        static final Optional<IllegalStateException> FAILURE = attempt();

        private static Optional<IllegalStateException> attempt() {
            // JavaCPP would cap the whole process at 4 × Xmx without seeing what tensors hold.
            JAVACPP_LIMITS.forEach(limit -> System.setProperty(limit, System.getProperty(limit, "0")));
            CudaLibrary.preload();
            try {
                CudaLibrary.requireForBothBuilds();
                NativeCache.repair();
                // libtrireme finds libtorch and OpenBLAS because they are in the process already.
                Libtorch.load();
                Loader.load(core.class);
            } catch (LinkageError e) {
                return Optional.of(new IllegalStateException(LinkProblem.explain(e), e));
            } catch (IllegalStateException e) {
                return Optional.of(e);
            }
            if (Pointer.maxPhysicalBytes() > 0) {
                LOG.warn(
                        "JavaCPP ends this process at {} MB of memory; start Java with -D{}=0",
                        Pointer.maxPhysicalBytes() >> 20,
                        JAVACPP_LIMITS.get(0));
            }
            return Optional.empty();
        }
    }
}
