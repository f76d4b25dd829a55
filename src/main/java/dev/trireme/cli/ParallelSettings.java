package dev.trireme.cli;

import dev.trireme.config.ParallelConfig;
import dev.trireme.config.Reduction;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How it is spread. */
final class ParallelSettings {
    @Option(
            names = "--world-size",
            paramLabel = "N",
            description = "Ranks, each a process with a copy of the model (2, or WORLD_SIZE where that is set).")
    private Optional<Integer> worldSize = Optional.empty();

    @Option(
            names = "--micro-batches",
            paramLabel = "N",
            description = "Pieces of the global batch, which the ranks share (one a rank).")
    private Optional<Integer> microBatches = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Of each rank (its share of the cores).")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "cpu, cuda:N, or cuda for a GPU of its own to each rank (cpu).")
    private Optional<String> device = Optional.empty();

    @Option(
            names = "--reduction",
            paramLabel = "HOW",
            description = "How gradients are averaged: ${COMPLETION-CANDIDATES} (overlapped).")
    private Optional<Reduction> reduction = Optional.empty();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "How long a rank waits for another (60).")
    private Optional<Integer> timeout = Optional.empty();

    /** Settings over defaults; {@code joined} is the size of a world that others started, if they did. */
    ParallelConfig over(ParallelConfig defaults, Optional<Integer> joined) {
        int ranks = worldSize.or(() -> joined).orElse(defaults.worldSize());
        return new ParallelConfig(
                ranks,
                microBatches.orElse(ranks),
                threads.orElse(defaults.threads()),
                device.orElse(defaults.device()),
                reduction.orElse(defaults.reduction()),
                timeout.orElse(defaults.timeoutSeconds()));
    }
}
