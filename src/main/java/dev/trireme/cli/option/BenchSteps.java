package dev.trireme.cli.option;

import picocli.CommandLine.Option;

/** Options for the measured training steps. */
public final class BenchSteps {
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

    public BenchSteps(int steps, int warmup) {
        this.steps = steps;
        this.warmup = warmup;
    }

    public String shape() {
        return shape;
    }

    public int length() {
        return length;
    }

    public int steps() {
        return steps;
    }

    public int warmup() {
        return warmup;
    }
}
