package dev.trireme.cli;

import picocli.CommandLine.Option;

/** Where a loaded model runs. */
final class DeviceOptions {
    @Option(names = "--device", paramLabel = "NAME", description = "cpu or cuda:N (${DEFAULT-VALUE}).")
    private String device = "cpu";

    @Option(names = "--threads", paramLabel = "N", description = "Threads of every operator (one a core).")
    private int threads;

    String device() {
        return device;
    }

    int threads() {
        return threads;
    }
}
