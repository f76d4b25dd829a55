package dev.trireme.cli.option;

import dev.trireme.config.Precision;
import dev.trireme.engine.NativeLibrary;
import picocli.CommandLine.Option;

/** Options for the device of a loaded model. */
public final class DeviceOptions {
    @Option(names = "--device", paramLabel = "NAME", description = "cpu or cuda:N (${DEFAULT-VALUE}).")
    private String device = "cpu";

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description = "Of matrix products on GPUs: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Precision precision = Precision.FLOAT32;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of every operator (one a core).")
    private int threads;

    public String device() {
        return device;
    }

    /** Sets the precision of this process, which loads one model. */
    public void setPrecision() {
        precision.requireOn(device);
        if (precision != Precision.FLOAT32) {
            NativeLibrary.setPrecision(precision);
        }
    }

    public int threads() {
        return threads;
    }
}
