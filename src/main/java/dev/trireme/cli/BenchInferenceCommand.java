package dev.trireme.cli;

import dev.trireme.bench.GenerationStrategy;
import dev.trireme.bench.InferenceBench;
import dev.trireme.bench.InferenceConfig;
import dev.trireme.bench.InferenceSweep;
import dev.trireme.bench.Planned;
import dev.trireme.bench.page.InferencePage;
import dev.trireme.cli.output.BenchOutput;
import dev.trireme.cli.output.InferenceTable;
import dev.trireme.cli.output.ReportOptions;
import dev.trireme.cli.output.Room;
import dev.trireme.config.Requirements;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.report.ReportFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
                    + "all, without; an option fixes its value. Then 8 prompts of 256 tokens under every strategy: on one device, data "
                    + "parallel, model parallel and pipeline on two."
        })
final class BenchInferenceCommand implements Runnable, Experiment {
    private static final int STRATEGIES_BATCH = 8;
    private static final int STRATEGIES_PROMPT = 256;
    private static final String CURE = "use a smaller --shape, --batch or --prompt, or --dtype bfloat16";

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

    @Mixin
    private ReportOptions report = new ReportOptions();

    @Mixin
    private BenchDeviceOptions device = new BenchDeviceOptions();

    @Override
    public void run() {
        device.device().of(0).require();
        Room<InferenceConfig> room = room();
        List<String> leftOut =
                Stream.concat(leftOut().stream(), room.leftOut().stream()).toList();
        ReportFolder folder = report.open();
        leftOut.forEach(output::remark);
        output.measure(
                room.fitting(),
                new BenchOutput.Measures<>(
                        new BenchPredictions()::of,
                        config -> InferenceBench.measure(config, System.err),
                        trials -> folder.write(InferencePage.of(trials, report.command(), leftOut))),
                InferenceTable.FORM);
        output.remark("page: " + folder.page());
    }

    @Override
    public Room<InferenceConfig> room() {
        List<InferenceConfig> configs = shape.map(name -> List.of(one(name))).orElseGet(this::sweep);
        configs = configs.stream()
                .map(config -> config.withDevice(device.device()))
                .toList();
        return Room.of(Room.Asked.all(configs, InferenceTable.FORM.name(), Planned::memoryBytes), CURE);
    }

    private List<InferenceConfig> sweep() {
        List<InferenceConfig> configs = new ArrayList<>(choices().configs());
        configs.addAll(strategies());
        return configs.stream().distinct().toList();
    }

    /** They are compared by what they do with a cache. */
    private List<InferenceConfig> strategies() {
        return noCache
                ? List.of()
                : choices().strategies(batch.orElse(STRATEGIES_BATCH), prompt.orElse(STRATEGIES_PROMPT), cores());
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private List<String> leftOut() {
        if (shape.isPresent()) {
            return List.of();
        }
        if (noCache) {
            return List.of(
                    "the strategies were left out, since they are compared with a cache; leave out --no-kv-cache");
        }
        List<GenerationStrategy> measured =
                strategies().stream().map(InferenceConfig::strategy).toList();
        String names = Stream.of(GenerationStrategy.values())
                .filter(strategy -> !measured.contains(strategy))
                .map(GenerationStrategy::toString)
                .collect(Collectors.joining(" and "));
        if (names.isEmpty()) {
            return List.of();
        }
        return List.of(
                cores() < 2
                        ? names + " were left out: two devices at once need 2 cores, and this machine has 1"
                        : names + " were left out: each device needs a prompt of its own; use --batch 2 or more");
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
                repetitions.orElse(3),
                GenerationStrategy.ONE_DEVICE);
    }

    private InferenceSweep choices() {
        InferenceSweep usual =
                report.isQuick() ? InferenceSweep.quick("small", weights) : InferenceSweep.usual("small", weights);
        int longest = ModelConfig.ofShape(usual.shape()).positions() - newTokens.orElse(usual.newTokens());
        prompt.ifPresent(length -> Requirements.within("prompt", length, 1, longest)); // the usual ones are cut
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
}
