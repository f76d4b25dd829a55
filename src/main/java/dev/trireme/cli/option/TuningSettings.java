package dev.trireme.cli.option;

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

    /** Whether low-rank updates are asked for. */
    public boolean adapts() {
        return rank.orElse(0) > 0;
    }

    /** What was asked for, of a model. */
    public ModelConfig over(ModelConfig model) {
        if (!adapts() && Stream.of(alpha, targets, dropout).anyMatch(Optional::isPresent)) {
            throw new IllegalArgumentException(
                    "--lora-alpha, --lora-targets and --lora-dropout say how updates are made; add --lora-rank");
        }
        Freezing freezing = frozen.map(Freezing::parse).orElse(Freezing.NONE);
        LoraConfig lora = LoraConfig.NONE;
        if (adapts()) {
            lora = new LoraConfig(
                    rank.orElseThrow(),
                    alpha.orElse(ALPHA_PER_RANK * rank.orElseThrow()),
                    LoraTarget.parse(targets.orElse(ALL), model),
                    dropout.orElse(0.0));
        }
        return model.withTuning(new Tuning(lora, freezing));
    }

    /** Refuses what a run that goes on was not begun with. */
    public void requireSame(ModelConfig trained) {
        boolean any = Stream.of(rank, alpha, targets, dropout, frozen).anyMatch(Optional::isPresent);
        if (any && !over(trained).tuning().equals(trained.tuning())) {
            throw new IllegalArgumentException("--lora-rank, --lora-alpha, --lora-targets, --lora-dropout and --freeze"
                    + " say what a new run trains, and --resume goes on with one that trains something else; leave them"
                    + " out");
        }
    }
}
