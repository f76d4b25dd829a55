package dev.trireme.cli;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.DataParallelBench;
import dev.trireme.cli.option.BenchSteps;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.BenchTable;
import dev.trireme.config.Reduction;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "data-parallel",
        description = "Measure training steps on 1 rank with 1 and 2 threads and on 2 ranks, or as the options say.",
        footer = {
            "",
            "A step is forward, backward, all-reduce and AdamW in float32; \"of the limit\" is the time that its matrix "
                    + "products alone take on this machine in the same minute, divided by the median step."
        })
final class BenchDataParallelCommand implements Runnable {
    @Mixin
    private BenchSteps steps = new BenchSteps(20, 3);

    @Mixin
    private BenchOutput output = new BenchOutput();

    @Option(names = "--world-size", paramLabel = "N", description = "Ranks, each a process (1).")
    private Optional<Integer> worldSize = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each rank (cores / ranks).")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (${DEFAULT-VALUE}).")
    private int batch = 16;

    @Option(
            names = "--reduction",
            paramLabel = "HOW",
            description = "How gradients are averaged: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Reduction reduction = Reduction.OVERLAPPED;

    @Override
    public void run() {
        output.measure(
                configs(),
                new BenchPredictions()::of,
                config -> DataParallelBench.measure(config, System.err),
                BenchTable.FORM);
    }

    private List<BenchConfig> configs() {
        if (worldSize.isEmpty() && threads.isEmpty()) {
            return List.of(config(1, 1), config(1, 2), config(2, 1));
        }
        int ranks = worldSize.orElse(1);
        int cores = Runtime.getRuntime().availableProcessors();
        return List.of(config(ranks, threads.orElse(Math.max(1, cores / Math.max(1, ranks)))));
    }

    private BenchConfig config(int ranks, int threadsOfEach) {
        return new BenchConfig(
                steps.shape(), ranks, threadsOfEach, batch, steps.length(), steps.warmup(), steps.steps(), reduction);
    }
}
