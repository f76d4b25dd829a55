package dev.trireme.cli;

import dev.trireme.bench.BenchDevice;
import dev.trireme.config.Precision;
import picocli.CommandLine.Option;

/** Options for what a measurement runs on. */
final class BenchDeviceOptions {
    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "cpu, cuda:N, or cuda for a GPU of its own to each rank or stage (${DEFAULT-VALUE}).")
    private String device = "cpu";

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description = "Of matrix products on GPUs: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Precision precision = Precision.FLOAT32;

    BenchDevice device() {
        return new BenchDevice(device, precision);
    }
}
