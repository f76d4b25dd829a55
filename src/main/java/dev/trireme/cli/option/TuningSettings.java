package dev.trireme.cli.option;

import dev.trireme.config.Requirements;
import dev.trireme.model.Freezing;
import dev.trireme.model.LoraConfig;
import dev.trireme.model.LoraTarget;
import dev.trireme.model.ModelConfig;
import dev.trireme.model.Tuning;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Options for what of a model is trained. */
public final class TuningSettings {
    private static final String ALL = "all";
    private static final double ALPHA_PER_RANK = 2;

    @Option(
            names = "--lora-rank",
            paramLabel = "R",
            description =
                    "Train low-rank updates of this rank (LoRA) beside the weights of --from, which stay as they are.")
    private Optional<Integer> rank = Optional.empty();

    @Option(
            names = "--lora-alpha",
            paramLabel = "A",
            description = "Updates are multiplied with alpha / rank (twice the rank).")
    private Optional<Double> alpha = Optional.empty();

    @Option(
            names = "--lora-targets",
            paramLabel = "NAMES",
            description = "What is updated: q,k,v,o,gate,up,down, of a gpt2 attn,proj,fc, or all (all).")
    private Optional<String> targets = Optional.empty();

    @Option(names = "--lora-dropout", paramLabel = "SHARE", description = "Of what updates are computed from (0).")
    private Optional<Double> dropout = Optional.empty();

    @Option(
            names = "--freeze",
            paramLabel = "PARTS",
            description = "Leave parts as they are: embeddings, head, and layers such as layers.0-5, with commas.")
    private Optional<String> frozen = Optional.empty();

    /** What was asked for, of a model. */
    public ModelConfig over(ModelConfig model) {
        rank.ifPresent(given -> Requirements.that(given > 0, "--lora-rank", given, "1 or more, or leave it out"));
        if (rank.isEmpty() && Stream.of(alpha, targets, dropout).anyMatch(Optional::isPresent)) {
            throw new IllegalArgumentException(
                    "--lora-alpha, --lora-targets and --lora-dropout say how updates are made; add --lora-rank");
        }
        Freezing freezing = frozen.map(Freezing::parse).orElse(Freezing.NONE);
        LoraConfig lora = LoraConfig.NONE;
        if (rank.isPresent()) {
            lora = new LoraConfig(
                    rank.get(),
                    alpha.orElse(ALPHA_PER_RANK * rank.get()),
                    LoraTarget.parse(targets.orElse(ALL), model),
                    dropout.orElse(0.0));
        }
        return model.withTuning(new Tuning(lora, freezing));
    }

    /** Refuses what a run that goes on was not begun with. What is left out is the run's. */
    public void requireSame(ModelConfig trained) {
        LoraConfig lora = trained.tuning().lora();
        boolean sameUpdates = lora.adapts()
                ? rank.orElse(lora.rank()) == lora.rank()
                        && alpha.orElse(lora.alpha()) == lora.alpha()
                        && dropout.orElse(lora.dropout()) == lora.dropout()
                        && targets.map(names -> LoraTarget.parse(names, trained).equals(lora.targets()))
                                .orElse(true)
                : Stream.of(rank, alpha, targets, dropout).allMatch(Optional::isEmpty);
        boolean sameFrozen = frozen.map(
                        parts -> Freezing.parse(parts).equals(trained.tuning().freezing()))
                .orElse(true);
        if (!sameUpdates || !sameFrozen) {
            throw new IllegalArgumentException("--lora-rank, --lora-alpha, --lora-targets, --lora-dropout and --freeze"
                    + " say what a new run trains, and --resume goes on with one that trains something else; leave them"
                    + " out");
        }
    }
}
