package dev.trireme.engine;

import dev.trireme.engine.bindings.global.core;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device of a stage.
 *
 * @param kind {@code cpu} or {@code cuda}
 * @param index among the devices of its kind, from 0; 0 for the CPU
 */
public record Device(String kind, int index) {
    private static final Pattern NAME = Pattern.compile("(cpu)|(cuda)(?::(\\d{1,3}))?");

    /** The CPU. */
    public static final Device CPU = new Device("cpu", 0);

    /**
     * Checks kind and index.
     *
     * @throws IllegalArgumentException naming the value and the cure
     */
    public Device {
        Objects.requireNonNull(kind, "kind");
        if (!(kind.equals("cpu") ? index == 0 : kind.equals("cuda") && index >= 0)) {
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
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("device " + name + " is unknown; use cpu or cuda:N with N from 0");
        }
        return matcher.group(1) != null
                ? CPU
                : new Device("cuda", matcher.group(3) == null ? 0 : Integer.parseInt(matcher.group(3)));
    }

    /**
     * Whether it is a GPU.
     *
     * @return false for the CPU
     */
    public boolean isGpu() {
        return kind.equals("cuda");
    }

    /**
     * Whether this machine has the device. Loads the native library.
     *
     * @return true for the CPU
     */
    public boolean isAvailable() {
        if (kind.equals("cpu")) {
            return true; // libtorch need not be loaded to know
        }
        NativeLibrary.load();
        return core.device_available(toString());
    }

    /**
     * Requires that this machine has the device.
     *
     * @return this
     * @throws IllegalArgumentException saying what is missing
     */
    public Device require() {
        if (!isAvailable()) {
            throw new IllegalArgumentException("device " + this + " is not there: libtorch sees "
                    + NativeLibrary.gpuCount() + " GPU(s) here; use cpu, or a GPU that `trireme doctor` lists");
        }
        return this;
    }

    /**
     * The name in libtorch.
     *
     * @return {@code cpu} or {@code cuda:N}
     */
    @Override
    public String toString() {
        return isGpu() ? kind + ":" + index : kind;
    }
}
