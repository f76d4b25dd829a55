package dev.trireme.cli.option;

import dev.trireme.config.GenerationDefaults;
import dev.trireme.generate.Sampling;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of sampling. */
public final class SamplingSettings {
    @Option(
            names = "--temperature",
            paramLabel = "X",
            description = "Divide the logits by this before sampling; 0 is greedy decoding "
                    + "(0, or 1 with --top-k, --top-p or --min-p).")
    private Optional<Double> temperature = Optional.empty();

    @Option(names = "--top-k", paramLabel = "N", description = "Sample from the N most probable tokens (0 for all).")
    private Optional<Integer> topK = Optional.empty();

    @Option(
            names = "--top-p",
            paramLabel = "SHARE",
            description = "Sample from the most probable tokens up to this cumulative probability (1 for all).")
    private Optional<Double> topP = Optional.empty();

    @Option(
            names = "--min-p",
            paramLabel = "SHARE",
            description = "Sample from tokens of at least this share of the largest probability (0 for all).")
    private Optional<Double> minP = Optional.empty();

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Divide the logits of tokens that occur already by this (1).")
    private Optional<Double> repetitionPenalty = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the samples (${DEFAULT-VALUE}).")
    private long seed = 1234;

    /**
     * These options over the defaults of the model's folder. Beam search does not sample unless these options ask for
     * it.
     */
    public Sampling over(GenerationDefaults folder, boolean searching) {
        GenerationDefaults defaults = searching ? GenerationDefaults.NONE : folder;
        boolean cuts = topK.isPresent() || topP.isPresent() || minP.isPresent();
        double usual = defaults.sample() ? defaults.temperature() : cuts ? 1 : 0;
        return new Sampling(
                temperature.orElse(usual),
                topK.orElse(defaults.sample() ? defaults.topK() : 0),
                topP.orElse(defaults.sample() ? defaults.topP() : 1),
                minP.orElse(defaults.sample() ? defaults.minP() : 0),
                repetitionPenalty.orElse(defaults.repetitionPenalty()),
                seed);
    }
}
