package dev.trireme.engine;

import java.util.Locale;
import java.util.Objects;

/** The library that runs collectives between ranks. */
public enum BackendKind {
    /** Between CPUs, over TCP. */
    GLOO,
    /** Between GPUs. */
    NCCL;

    /**
     * The backend for a kind of device.
     *
     * @param device where the stage lives
     * @return NCCL for GPUs, Gloo for CPUs
     */
    public static BackendKind of(Device device) {
        Objects.requireNonNull(device, "device");
        return device.isGpu() ? NCCL : GLOO;
    }

    /**
     * Reads its name.
     *
     * @param name {@code gloo} or {@code nccl}
     * @return the backend
     * @throws IllegalArgumentException for another name
     */
    public static BackendKind parse(String name) {
        Objects.requireNonNull(name, "name");
        for (BackendKind kind : values()) {
            if (kind.toString().equals(name)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("backend " + name + " is unknown; use gloo or nccl");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
