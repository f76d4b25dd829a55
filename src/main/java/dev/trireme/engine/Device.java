package dev.trireme.engine;

import dev.trireme.config.DeviceKind;
import dev.trireme.engine.bindings.global.core;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The device of a stage.
 *
 * @param kind what it is
 * @param index among the devices of its kind, from 0; 0 for the CPU
 */
public record Device(DeviceKind kind, int index) {
    /** The CPU. */
    public static final Device CPU = new Device(DeviceKind.CPU, 0);

    /**
     * Checks kind and index.
     *
     * @throws IllegalArgumentException naming the value and the cure
     */
    public Device {
        Objects.requireNonNull(kind, "kind");
        if (kind == DeviceKind.CPU ? index != 0 : index < 0) {
            throw new IllegalArgumentException(
                    "device " + kind + ":" + index + " is unknown; use cpu or cuda:N with N from 0");
        }
    }

    /**
     * Reads {@code cpu}, {@code cuda} (the first) or {@code cuda:N}.
     *
     * @param name what the user wrote
     * @return the device, which need not be there
     * @throws IllegalArgumentException for anything else
     */
    public static Device parse(String name) {
        Objects.requireNonNull(name, "name");
        return new Device(DeviceKind.of(name), DeviceKind.indexOf(name));
    }

    /**
     * Whether it is a GPU.
     *
     * @return false for the CPU and for a simulated accelerator
     */
    public boolean isGpu() {
        return kind == DeviceKind.CUDA;
    }

    /**
     * Whether it has memory of its own, which the host's does not count for.
     *
     * @return false for the CPU
     */
    public boolean hasOwnMemory() {
        return kind != DeviceKind.CPU;
    }

    /**
     * Whether this machine has the device. Loads the native library.
     *
     * @return true for the CPU
     */
    public boolean isAvailable() {
        if (kind == DeviceKind.CPU) {
            return true; // libtorch need not be loaded to know
        }
        NativeLibrary.load();
        return index < core.device_count(kind.toString());
    }

    /**
     * Requires that this machine has the device, and that libtorch can use it.
     *
     * @return this
     * @throws IllegalArgumentException saying what is missing, and where to get it
     */
    public Device require() {
        problem().ifPresent(problem -> {
            throw new IllegalArgumentException("device " + this + " cannot be used: " + problem);
        });
        return this;
    }

    /**
     * Why this machine cannot use the device. Loads the native library.
     *
     * @return the first cause and its cure; empty when it can
     */
    public Optional<String> problem() {
        return switch (kind) {
            case CPU -> Optional.empty();
            case CUDA -> CudaProblem.of(index);
            case SIM ->
                isAvailable()
                        ? Optional.empty()
                        : Optional.of(
                                "it is simulated by a library of the native tests, which is not loaded or has fewer; use"
                                        + " cpu or cuda:N");
        };
    }

    /**
     * Requires devices that can work together.
     *
     * @param devices of the stages of a model
     * @throws IllegalArgumentException when they are of several kinds, or one is not there
     */
    public static void requireTogether(List<Device> devices) {
        requireOneKind(devices);
        devices.stream().distinct().forEach(Device::require);
    }

    /**
     * As {@link #requireTogether}, whether they are there or not.
     *
     * @param devices of the stages of a model
     * @throws IllegalArgumentException when they are of several kinds
     */
    public static void requireOneKind(List<Device> devices) {
        Objects.requireNonNull(devices, "devices");
        for (Device device : devices) {
            if (device.kind != devices.get(0).kind) {
                throw new IllegalArgumentException("stages are on " + devices.get(0) + " and " + device
                        + ", but a model is on devices of one kind; use one for all stages");
            }
        }
    }

    /**
     * The name in libtorch.
     *
     * @return {@code cpu} or {@code cuda:N}
     */
    @Override
    public String toString() {
        return kind == DeviceKind.CPU ? kind.toString() : kind + ":" + index;
    }
}
