package dev.trireme.cli;

import picocli.CommandLine.Option;

/** Which training steps are measured. */
final class BenchSteps {
    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "Model: small, gpt2, llama-small or llama135 (${DEFAULT-VALUE}).")
    private String shape = "small";

    @Option(names = "--length", paramLabel = "N", description = "Tokens of a row (${DEFAULT-VALUE}).")
    private int length = 128;

    @Option(names = "--steps", paramLabel = "N", description = "Measured steps (${DEFAULT-VALUE}).")
    private int steps;

    @Option(names = "--warmup", paramLabel = "N", description = "Steps before them (${DEFAULT-VALUE}).")
    private int warmup;

    BenchSteps(int steps, int warmup) {
        this.steps = steps;
        this.warmup = warmup;
    }

    String shape() {
        return shape;
    }

    int length() {
        return length;
    }

    int steps() {
        return steps;
    }

    int warmup() {
        return warmup;
    }
}
