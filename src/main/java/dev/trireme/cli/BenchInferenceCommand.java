package dev.trireme.cli;

import dev.trireme.bench.InferenceBench;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.InferencePlot;
import dev.trireme.bench.InferenceResult;
import dev.trireme.bench.InferenceSweep;
import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.checkpoint.OutputFile;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.InferenceTable;
import dev.trireme.engine.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "inference",
        description = "Measure generation: one setting of a --shape, or a sweep over length, batch, threads and cache.",
        footer = {
            "",
            "\"Of the limit\" is the time of reading the weights once, on this machine in the same minute, divided by the "
                    + "median decode step. Without --shape, shape small is measured with every combination of prompts of "
                    + "32, 64, … 2032 tokens, 1 and 8 of them, 1 and 2 threads, with a cache and, up to 4096 tokens in "
                    + "all, without; an option fixes its value."
        })
final class BenchInferenceCommand implements Runnable {
    private static final Path USUAL_PLOT = Path.of("bench-inference.svg");

    @Option(
            names = "--shape",
            paramLabel = "NAME",
            description = "Model of one measurement: small, gpt2, llama-small or llama135.")
    private Optional<String> shape = Optional.empty();

    @Option(names = "--batch", paramLabel = "N", description = "Prompts at once (1).")
    private Optional<Integer> batch = Optional.empty();

    @Option(names = "--prompt", paramLabel = "N", description = "Tokens of a prompt (32).")
    private Optional<Integer> prompt = Optional.empty();

    @Option(names = "--new", paramLabel = "N", description = "Tokens to append to each (32; 16 without --shape).")
    private Optional<Integer> newTokens = Optional.empty();

    @Option(names = "--threads", paramLabel = "N", description = "Threads of every operator (one a core).")
    private Optional<Integer> threads = Optional.empty();

    @Option(names = "--dtype", paramLabel = "TYPE", description = "Type of the weights: float32 or bfloat16 (float32).")
    private Weights weights = Weights.FLOAT32;

    @Option(names = "--no-kv-cache", description = "Recompute the whole text for each token.")
    private boolean noCache;

    @Option(names = "--repetitions", paramLabel = "N", description = "Measured prefills (3).")
    private Optional<Integer> repetitions = Optional.empty();

    @Mixin
    private BenchOutput output = new BenchOutput();

    @Option(
            names = "--plot",
            paramLabel = "FILE.svg",
            description = "Where the plot goes, without --shape (bench-inference.svg).")
    private Optional<Path> plot = Optional.empty();

    @Override
    public void run() {
        if (shape.isPresent()) {
            if (plot.isPresent()) {
                throw new IllegalArgumentException(
                        "plot " + plot.get() + " is of many measurements; leave out --plot or --shape");
            }
            measure(List.of(one(shape.get())));
        } else {
            sweep(plot.orElse(USUAL_PLOT));
        }
    }

    private void sweep(Path file) {
        List<InferenceConfig> configs = choices().configs();
        OutputFile.require(file);
        String picture = InferencePlot.of(measure(configs)).toSvg();
        try {
            Files.writeString(file, picture);
        } catch (IOException e) {
            throw new CheckpointException(file, e);
        }
        output.remark("plot: " + file);
    }

    private InferenceConfig one(String name) {
        return new InferenceConfig(
                name,
                batch.orElse(1),
                prompt.orElse(32),
                newTokens.orElse(32),
                threads.orElse(Runtime.getRuntime().availableProcessors()),
                weights,
                !noCache,
                repetitions.orElse(3));
    }

    private InferenceSweep choices() {
        InferenceSweep usual = InferenceSweep.usual("small", weights);
        return new InferenceSweep(
                usual.shape(),
                prompt.map(List::of).orElse(usual.prompts()),
                batch.map(List::of).orElse(usual.batches()),
                threads.map(List::of).orElse(usual.threads()),
                noCache ? List.of(false) : usual.caches(),
                newTokens.orElse(usual.newTokens()),
                weights,
                repetitions.orElse(usual.repetitions()));
    }

    private List<InferenceResult> measure(List<InferenceConfig> configs) {
        return output.measure(
                configs,
                new BenchPredictions()::of,
                config -> InferenceBench.measure(config, System.err),
                InferenceTable.FORM);
    }
}
