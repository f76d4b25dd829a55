package dev.trireme.plan;

import dev.trireme.config.NullChecks;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A layout with all that is predicted of it.
 *
 * @param layout how the job is spread; its split is explicit
 * @param devices what each device of a rank holds
 * @param needed bytes of the fullest device; on a CPU of all devices of a host, which share its memory
 * @param usable bytes that there are for them
 * @param time of a step, or of a generation
 * @param tokensPerSecond of all ranks
 * @param cannotRun why this version cannot run it; empty where it can
 */
public record Prediction(
        Layout layout,
        List<DeviceBytes> devices,
        long needed,
        long usable,
        StepTime time,
        double tokensPerSecond,
        Optional<String> cannotRun) {
    /** Keeps a copy of the list. */
    public Prediction {
        NullChecks.require("layout", layout, "devices", devices, "time", time, "cannotRun", cannotRun);
        devices = List.copyOf(devices);
    }

    /**
     * Whether it fits.
     *
     * @return true if no more is needed than there is
     */
    public boolean fits() {
        return needed <= usable;
    }

    /**
     * The device that holds most.
     *
     * @return its bytes
     */
    public DeviceBytes fullest() {
        return devices.stream()
                .max(Comparator.comparingLong(DeviceBytes::total))
                .orElseThrow();
    }

    /**
     * What takes most of the fullest device.
     *
     * @return weights, gradients, optimizer, activations, logits or KV cache
     */
    public String binding() {
        return fullest().binding();
    }
}
