package dev.trireme.bench;

import dev.trireme.config.DeviceKind;
import dev.trireme.config.NullChecks;
import dev.trireme.config.Precision;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;

/**
 * What a measurement runs on.
 *
 * @param name {@code cpu}, {@code cuda:N}, or {@code cuda} for a GPU of its own to each rank or stage
 * @param precision of matrix products on GPUs
 */
public record BenchDevice(String name, Precision precision) {
    /** The processors of this machine. */
    public static final BenchDevice CPU = new BenchDevice("cpu", Precision.FLOAT32);

    /**
     * Checks both.
     *
     * @throws IllegalArgumentException naming the value and what it may be
     */
    public BenchDevice {
        NullChecks.require("name", name, "precision", precision);
        precision.requireOn(name);
    }

    /**
     * Whether it is the processors, for which the planner has measured costs.
     *
     * @return false for GPUs
     */
    public boolean runsOnCpu() {
        return DeviceKind.of(name) == DeviceKind.CPU;
    }

    /**
     * The device of a rank or stage.
     *
     * @param number its number on this machine
     * @return a device, which need not be there
     */
    public Device of(int number) {
        return Device.parse(DeviceKind.ofStage(name, number));
    }

    /** Sets the precision of this process. */
    void use() {
        NativeLibrary.setPrecision(precision);
    }

    /**
     * For people.
     *
     * @return such as {@code cuda in tf32}
     */
    @Override
    public String toString() {
        return runsOnCpu() ? name : name + " in " + precision;
    }
}
