package dev.trireme.cli;

import dev.trireme.bench.BenchConfig;
import dev.trireme.bench.BenchResult;
import dev.trireme.bench.DataParallelBench;
import dev.trireme.config.Reduction;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "data-parallel",
        description = "Measure training steps on 1 rank with 1 and 2 threads and on 2 ranks, or as the options say.",
        footer = {
            "",
            "A step is forward, backward, all-reduce and AdamW in float32; \"of the limit\" is the time that its matrix "
                    + "products alone take on this machine in the same minute, divided by the median step."
        })
final class BenchDataParallelCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "Model: small, gpt2, llama-small or llama135 (${DEFAULT-VALUE}).")
    private String shape = "small";

    @Option(names = "--world-size", paramLabel = "N", description = "Ranks, each a process (1).")
    private Optional<Integer> worldSize = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads of each rank (cores / ranks).")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--batch", paramLabel = "N", description = "Rows of a step over all ranks (${DEFAULT-VALUE}).")
    private int batch = 16;

    @Option(names = "--length", paramLabel = "N", description = "Tokens of a row (${DEFAULT-VALUE}).")
    private int length = 128;

    @Option(names = "--steps", paramLabel = "N", description = "Measured steps (${DEFAULT-VALUE}).")
    private int steps = 20;

    @Option(names = "--warmup", paramLabel = "N", description = "Steps before them (${DEFAULT-VALUE}).")
    private int warmup = 3;

    @Option(
            names = "--reduction",
            paramLabel = "HOW",
            description = "How gradients are averaged: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Reduction reduction = Reduction.OVERLAPPED;

    @Option(names = "--json", description = "Print one JSON object a line.")
    private boolean json;

    @Override
    public void run() {
        List<BenchConfig> configs = configs();
        PrintWriter out = spec.commandLine().getOut();
        if (!json) {
            out.println(BenchTable.HEADER);
        }
        for (BenchConfig config : configs) {
            BenchResult result = DataParallelBench.measure(config, System.err);
            out.println(json ? result.toJson() : BenchTable.row(result));
        }
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
        return new BenchConfig(shape, ranks, threadsOfEach, batch, length, warmup, steps, reduction);
    }
}
