package dev.trireme.cli.option;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for the measured training steps, with the command's defaults. */
public final class BenchSteps {
    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description =
                    "Model: small, gpt2, llama-small, llama135 or llama2-7b/8 (small; llama2-7b/8 for model-parallel).")
    private Optional<String> shape = Optional.empty();

    @Option(names = "--length", paramLabel = "N", description = "Tokens of a row (128).")
    private Optional<Integer> length = Optional.empty();

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Measured steps (20 for data-parallel, 10 for pipeline, 4 for model-parallel).")
    private Optional<Integer> steps = Optional.empty();

    @Option(names = "--warmup", paramLabel = "N", description = "Steps before them (3, 2, 2).")
    private Optional<Integer> warmup = Optional.empty();

    private final Amount usual;
    private final Amount quick;

    /** Defaults: model, tokens of a row, measured steps and those before them. */
    public record Amount(String shape, int length, int steps, int warmup) {}

    public BenchSteps(Amount usual, Amount quick) {
        this.usual = usual;
        this.quick = quick;
    }

    /** What the options say. */
    public Amount over(boolean isQuick) {
        Amount amount = isQuick ? quick : usual;
        return new Amount(
                shape.orElse(amount.shape),
                length.orElse(amount.length),
                steps.orElse(amount.steps),
                warmup.orElse(amount.warmup));
    }
}
