package dev.trireme.config;

import java.util.Locale;

/** How matrix products of float32 are computed on GPUs. */
public enum Precision {
    /** As they are stored. */
    FLOAT32,
    /** With factors rounded to TF32, which keeps 10 of 23 bits of the mantissa: several times as fast. */
    TF32;

    /**
     * Refuses what is no name of a device, and TF32 on one that does not have it.
     *
     * @param device name of the device, as {@link DeviceKind} reads it
     * @throws IllegalArgumentException naming both, with the cure
     */
    public void requireOn(String device) {
        DeviceKind kind = DeviceKind.of(device);
        if (this == TF32 && kind == DeviceKind.CPU) {
            throw new IllegalArgumentException("precision is tf32 but device is " + device
                    + ", which computes in float32; use device cuda, or leave precision out");
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
