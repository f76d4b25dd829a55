package dev.trireme.cli.option;

import picocli.CommandLine.Option;

/** Options for the device of a loaded model. */
public final class DeviceOptions {
    @Option(names = "--device", paramLabel = "NAME", description = "cpu or cuda:N (${DEFAULT-VALUE}).")
    private String device = "cpu";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of every operator (one a core).")
    private int threads;

    public String device() {
        return device;
    }

    public int threads() {
        return threads;
    }
}
