package dev.trireme.config;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kind of device, and how devices are named: {@code cpu}, {@code cuda:N} for the GPU of that number, or {@code cuda}
 * for the first, which settings of many stages take as "a GPU of its own to each".
 */
public enum DeviceKind {
    /** The processors of the host. */
    CPU,
    /** NVIDIA GPUs. */
    CUDA,
    /** The simulated accelerator of the native tests, named like GPUs; only there while its library is loaded. */
    SIM;

    private static final Pattern NAME = Pattern.compile("([a-z]+)(?::(\\d{1,3}))?");

    /**
     * The kind of a device.
     *
     * @param device its name
     * @return the kind, of which there need be none here
     * @throws IllegalArgumentException for what is no name of a device
     */
    public static DeviceKind of(String device) {
        Objects.requireNonNull(device, "device");
        Matcher name = NAME.matcher(device);
        if (name.matches()) {
            for (DeviceKind kind : values()) {
                if (name.group(1).equals(kind.toString()) && (kind != CPU || name.group(2) == null)) {
                    return kind;
                }
            }
        }
        throw new IllegalArgumentException("device " + device + " is unknown; use cpu, cuda or cuda:N with N from 0");
    }

    /**
     * The number of a device.
     *
     * @param device its name
     * @return what follows the colon; 0 without
     * @throws IllegalArgumentException for what is no name of a device
     */
    public static int indexOf(String device) {
        of(device);
        int colon = device.indexOf(':');
        return colon < 0 ? 0 : Integer.parseInt(device.substring(colon + 1));
    }

    /**
     * The device of a stage, by the setting for all stages of a host.
     *
     * @param device a name, which without a number stands for a device of its own to each stage
     * @param number of the stage among those of its host
     * @return the name of one device
     * @throws IllegalArgumentException for what is no name of a device
     */
    public static String ofStage(String device, int number) {
        return of(device) == CPU || device.contains(":") ? device : device + ":" + number;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
