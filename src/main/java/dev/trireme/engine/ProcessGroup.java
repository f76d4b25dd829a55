package dev.trireme.engine;

import dev.trireme.config.Guard;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.bindings.global.core;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.Backend;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.gloo.Device;

/**
 * A process group: ranks that run collectives together. Neither backend checks that ranks agree on sizes, types and
 * order, so compare {@link Gradients#reductionPlan()} before the first collective. After a failure the group is unusable.
 * Any thread may call; one call runs at a time.
 */
public final class ProcessGroup implements AutoCloseable {
    private final GroupConfig config;
    private final Backend backend;
    private final Guard guard;

    /** Of any backend, as tests make them. */
    ProcessGroup(GroupConfig config, Backend backend) {
        this.config = config;
        this.backend = backend;
        this.guard = new Guard(describe(config), backend::close);
    }

    /**
     * Connects this rank to all others. Returns when every rank has called it.
     *
     * @param store where ranks exchange addresses; it may be closed before the group, which keeps it alive
     * @param config this rank's membership
     * @return the group
     * @throws EngineException when others do not come in time
     * @throws IllegalArgumentException for NCCL where libtorch sees no GPU
     */
    public static ProcessGroup open(Store store, GroupConfig config) {
        NullChecks.require("store", store, "config", config);
        NativeLibrary.load();
        core.mute_standard_output(true); // Gloo greets there, on this thread
        try {
            return new ProcessGroup(
                    config,
                    switch (config.backend()) {
                        case GLOO -> openGloo(store, config);
                        case NCCL -> openNccl(store, config);
                    });
        } catch (IllegalArgumentException e) {
            throw e;
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, describe(config) + ", connecting");
        } finally {
            core.mute_standard_output(false);
        }
    }

    /**
     * This rank's membership.
     *
     * @return as given
     */
    public GroupConfig config() {
        return config;
    }

    /**
     * Sums numbers over all ranks of a Gloo group, in place. Stages reduce gradients in C++.
     *
     * @param values as many on every rank
     * @throws EngineException when a rank is lost or late
     * @throws IllegalStateException when the group is closed
     */
    public void sum(double[] values) {
        Objects.requireNonNull(values, "values");
        guard.alone("sum", () -> summed(values));
    }

    @SuppressWarnings("try") // the scope frees what is made within it
    private double[] summed(double[] values) {
        try (PointerScope scope = new PointerScope()) {
            DoublePointer numbers = new DoublePointer(values);
            Tensor tensor =
                    torch.from_blob(numbers, new long[] {values.length}, new TensorOptions(torch.ScalarType.Double));
            Work work = backend.allreduce(new TensorVector(tensor));
            work._wait();
            numbers.get(values);
            return values;
        } catch (RuntimeException e) {
            throw NativeErrors.translate(e, describe(config) + ", all-reduce");
        }
    }

    /**
     * Leaves the group after a running {@link #sum}. Its memory is freed when the last stage that joined it is closed.
     */
    @Override
    public void close() {
        guard.close();
    }

    @Override
    public String toString() {
        return describe(config);
    }

    /** The backend that {@code Stage.join} passes to C++. */
    Backend handle() {
        return backend;
    }

    /** For a stage that joins. @return lets go of the group */
    Runnable keep(String action) {
        return guard.keep(action);
    }

    private static Backend openGloo(Store store, GroupConfig config) {
        try (ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create();
                Milliseconds timeout = new Milliseconds(config.timeout().toMillis());
                Device device = ProcessGroupGloo.createDeviceForHostname(config.address());
                GlooDeviceVector devices = options.devices()) {
            options.timeout(timeout);
            devices.push_back(device);
            return new ProcessGroupGloo(store.prefixed(config.name()), config.rank(), config.worldSize(), options);
        }
    }

    private static Backend openNccl(Store store, GroupConfig config) {
        CudaProblem.of(0).ifPresent(problem -> {
            throw new IllegalArgumentException("backend nccl needs GPUs: " + problem);
        });
        return NcclBackend.open(store.prefixed(config.name()), config);
    }

    private static String describe(GroupConfig config) {
        return "group " + config.name() + " (" + config.backend() + ", rank " + config.rank() + " of "
                + config.worldSize() + ")";
    }
}
