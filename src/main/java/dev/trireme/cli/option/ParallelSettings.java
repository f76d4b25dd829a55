package dev.trireme.cli.option;

import dev.trireme.config.ParallelConfig;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Precision;
import dev.trireme.config.Reduction;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Options for ranks, threads and devices of training. */
public final class ParallelSettings {
    @Option(
            names = "--world-size",
            paramLabel = "N",
            description = "Ranks, each a process with a copy of the model (2, or WORLD_SIZE where that is set).")
    private Optional<Integer> worldSize = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Of each stage (its share of the cores).")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "cpu, cuda:N, or cuda for a GPU of its own to each stage (cpu).")
    private Optional<String> device = Optional.empty();

    @Option(
            names = "--precision",
            paramLabel = "TYPE",
            description = "Of matrix products on GPUs: ${COMPLETION-CANDIDATES} (float32).")
    private Optional<Precision> precision = Optional.empty();

    @Option(
            names = "--reduction",
            paramLabel = "HOW",
            description = "How gradients are averaged: ${COMPLETION-CANDIDATES} (overlapped).")
    private Optional<Reduction> reduction = Optional.empty();

    @Option(names = "--timeout", paramLabel = "SECONDS", description = "How long a rank waits for another (60).")
    private Optional<Integer> timeout = Optional.empty();

    @Option(
            names = "--exact",
            description = "Sum gradients along a fixed tree: the same bits in every layout, at some cost.")
    private boolean exact;

    @ArgGroup(validate = false, heading = "%nStages of each rank%n")
    private PipelineSettings pipeline = new PipelineSettings();

    public Duration timeoutOr(Duration otherwise) {
        timeout.ifPresent(ParallelConfig::requireTimeout);
        return timeout.map(Duration::ofSeconds).orElse(otherwise);
    }

    /** Refuses a batch that the default number of micro-batches does not divide, and explains that number. */
    public void requireCut(int batch, ParallelConfig spread) {
        int stages = spread.pipeline().stages();
        if (pipeline.microBatches().isEmpty() && stages > 1 && batch % spread.microBatches() != 0) {
            throw new IllegalArgumentException("batchSize " + batch + " cannot be cut into " + spread.microBatches()
                    + " micro-batches, " + spread.pipeline().usualMicroBatches() / stages + " for each of " + stages
                    + " stages" + (spread.worldSize() > 1 ? " of " + spread.worldSize() + " ranks" : "")
                    + "; use a multiple of " + spread.microBatches()
                    + ", or choose --micro-batches");
        }
    }

    /** These options over defaults; {@code joined} is the world size if another launcher started this process. */
    public ParallelConfig over(ParallelConfig defaults, Optional<Integer> joined) {
        int ranks = worldSize.or(() -> joined).orElse(defaults.worldSize());
        PipelineLayout layout = pipeline.over(defaults.pipeline());
        return spread(defaults, ranks, layout, ranks * layout.usualMicroBatches());
    }

    /** These options over the settings of a run that goes on; {@code joined} as for {@link #over}. */
    public ParallelConfig resumed(ParallelConfig before, Optional<Integer> joined) {
        int ranks = worldSize.or(() -> joined).orElse(before.worldSize());
        return spread(before, ranks, pipeline.resumed(before.pipeline()), before.microBatches());
    }

    private ParallelConfig spread(ParallelConfig defaults, int ranks, PipelineLayout layout, int microBatches) {
        if (exact && reduction.isPresent()) {
            throw new IllegalArgumentException("--exact is a reduction of its own; leave out --reduction");
        }
        return new ParallelConfig(
                ranks,
                pipeline.microBatches().orElse(microBatches),
                threads.orElse(defaults.threads()),
                device.orElse(defaults.device()),
                precision.orElse(defaults.precision()),
                exact ? Reduction.TREE : reduction.orElse(defaults.reduction()),
                timeout.orElse(defaults.timeoutSeconds()),
                layout);
    }
}
