package dev.trireme.cli.option;

import dev.trireme.config.GenerationDefaults;
import dev.trireme.generate.Sampling;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How the next token is chosen. */
public final class SamplingSettings {
    @Option(
            names = "--temperature",
            paramLabel = "X",
            description = "What logits are divided by before a token is drawn; 0 takes the likeliest "
                    + "(0, or 1 with --top-k, --top-p or --min-p).")
    private Optional<Double> temperature = Optional.empty();

    @Option(names = "--top-k", paramLabel = "N", description = "Draw among the N likeliest (0 for all).")
    private Optional<Integer> topK = Optional.empty();

    @Option(
            names = "--top-p",
            paramLabel = "SHARE",
            description = "Draw among the likeliest that have this probability together (1 for all).")
    private Optional<Double> topP = Optional.empty();

    @Option(
            names = "--min-p",
            paramLabel = "SHARE",
            description = "Draw among those at least this share as probable as the likeliest (0 for all).")
    private Optional<Double> minP = Optional.empty();

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Make tokens that are there already less likely, if above 1 (1).")
    private Optional<Double> repetitionPenalty = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "Decides what is drawn (${DEFAULT-VALUE}).")
    private long seed = 1234;

    /** What is asked for here; what is not, as the model's folder says. A beam search draws nothing unless asked to. */
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
