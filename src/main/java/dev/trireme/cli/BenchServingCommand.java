package dev.trireme.cli;

import dev.trireme.bench.EngineTarget;
import dev.trireme.bench.OpenAiTarget;
import dev.trireme.bench.ServingBench;
import dev.trireme.bench.ServingConfig;
import dev.trireme.bench.ServingConfig.Range;
import dev.trireme.bench.ServingResult;
import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.cli.option.CacheSettings;
import dev.trireme.cli.option.DeviceOptions;
import dev.trireme.cli.option.PipelineSettings;
import dev.trireme.cli.output.JsonLine;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.EngineMetrics;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.LoadedStages;
import dev.trireme.generate.Percentiles;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Stages;
import dev.trireme.schedule.DeviceMap;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "serving",
        description = "Measure an engine, or a server with OpenAI's API, under a load of requests.",
        footer = {
            "",
            "Requests are greedy continuations of random tokens, whose lengths are drawn evenly from --prompt and --new. With "
                    + "--rate they arrive by a Poisson process, else --concurrency of them are under way. The same options "
                    + "make the same requests, in this process and for --url."
        })
final class BenchServingCommand implements Runnable {
    private static final long WEIGHT_SEED = 1234;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", description = "Folder in Hugging Face layout.")
    private Optional<Path> model = Optional.empty();

    @Option(names = "--shape", paramLabel = "NAME", description = "Random weights of small, gpt2, llama135, …")
    private Optional<String> shape = Optional.empty();

    @Option(names = "--url", paramLabel = "URL", description = "A server, for example http://127.0.0.1:8080.")
    private Optional<URI> url = Optional.empty();

    @Option(names = "--requests", paramLabel = "N", description = "How many (${DEFAULT-VALUE}).")
    private int requests = 64;

    @Option(names = "--rate", paramLabel = "R", description = "Mean arrivals a second.")
    private double rate;

    @Option(
            names = "--concurrency",
            paramLabel = "N",
            description = "Under way at once, without --rate (${DEFAULT-VALUE}).")
    private int concurrency = 16;

    @Option(names = "--prompt", paramLabel = "N[-M]", description = "Tokens of a prompt (${DEFAULT-VALUE}).")
    private String prompt = "64";

    @Option(names = "--new", paramLabel = "N[-M]", description = "Tokens to append to each (${DEFAULT-VALUE}).")
    private String newTokens = "64";

    @Option(
            names = "--shared-prefix",
            paramLabel = "N",
            description = "Tokens that all prompts begin with, before their own (${DEFAULT-VALUE}).")
    private int sharedPrefix;

    @Option(names = "--seed", paramLabel = "N", description = "Of lengths, tokens and arrivals (${DEFAULT-VALUE}).")
    private long seed = 1234;

    @Option(names = "--vocabulary", paramLabel = "N", description = "Ids of prompts for --url (${DEFAULT-VALUE}).")
    private int vocabulary = 32_000;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "Type of the weights: float32 or bfloat16 (float32).")
    private Weights weights = Weights.FLOAT32;

    @Option(names = "--world-size", paramLabel = "N", description = "Copies of the model (${DEFAULT-VALUE}).")
    private int worldSize = 1;

    @ArgGroup(validate = false, heading = "%nKey/value cache%n")
    private CacheSettings cache = new CacheSettings();

    @ArgGroup(validate = false, heading = "%nStages of each copy%n")
    private PipelineSettings pipeline = new PipelineSettings();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public void run() {
        requireOneTarget();
        ServingConfig load = new ServingConfig(
                requests, rate, concurrency, Range.parse(prompt), Range.parse(newTokens), sharedPrefix, seed);
        if (url.isPresent()) {
            try (OpenAiTarget server = new OpenAiTarget(url.get(), vocabulary)) {
                ServingBench.measure(warmUp(Math.min(16, concurrency)), server);
                print(ServingBench.measure(load, server), Optional.empty());
                if (server.askedAgain() > 0) {
                    spec.commandLine()
                            .getErr()
                            .println("trireme: the server hung up on " + server.askedAgain()
                                    + " requests before it answered; they were sent again");
                }
            }
            return;
        }
        GenerationLayout layout = pipeline.forwardOnly(worldSize, device);
        try (Engine engine = engine(layout)) {
            ServingBench.measure(warmUp(load.concurrency()), new EngineTarget(engine));
            EngineMetrics before = engine.metrics();
            ServingResult result = ServingBench.measure(load, new EngineTarget(engine));
            print(result, Optional.of(ServingIterations.between(before, engine.metrics())));
        }
    }

    private void requireOneTarget() {
        long given = Stream.of(model, shape, url).filter(Optional::isPresent).count();
        if (given != 1) {
            throw new ParameterException(
                    spec.commandLine(), given + " of --model, --shape and --url are given; give one of them");
        }
    }

    /** Until Java code is compiled, here and in a server; other tokens, which the cache does not know then. */
    private ServingConfig warmUp(int concurrency) {
        Range few = new Range(16, 16);
        return new ServingConfig(32, 0, concurrency, few, few, 0, seed + 1);
    }

    private Engine engine(GenerationLayout layout) {
        EngineConfig settings = cache.over(EngineConfig.of(layout, weights));
        if (model.isPresent()) {
            try (HuggingFaceFolder folder = HuggingFaceFolder.open(model.get())) {
                List<Stage> stages = LoadedStages.load(folder, layout, weights);
                return Engine.of(stages, endless(folder.config().model()), settings, true);
            }
        }
        ModelConfig sizes = ModelConfig.ofShape(shape.orElseThrow());
        NativeLibrary.setThreads(layout.threads(Runtime.getRuntime().availableProcessors()));
        DeviceMap map = Pipelines.map(sizes, layout.pipeline());
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < worldSize; i++) {
            int copy = i;
            stages.addAll(Stages.open(sizes, map, stage -> layout.deviceOf(copy, stage), weights));
        }
        stages.forEach(stage -> stage.initialize(WEIGHT_SEED));
        return Engine.of(stages, endless(sizes), settings, true);
    }

    private static HuggingFaceConfig endless(ModelConfig sizes) {
        return new HuggingFaceConfig(sizes, SpecialTokens.NONE);
    }

    private void print(ServingResult result, Optional<ServingIterations> iterations) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonLine line = JsonLine.of("serving")
                    .put("requests", result.config().requests())
                    .put("seconds", result.seconds())
                    .put("prompt_tokens", result.promptTokens())
                    .put("tokens", result.tokens())
                    .put("tokens_per_second", result.tokensPerSecond());
            put(line, "first_token", result.firstToken());
            put(line, "between_tokens", result.betweenTokens());
            iterations.ifPresent(counts -> counts.put(line));
            out.println(line);
            return;
        }
        out.println(String.format(
                Locale.ROOT,
                "%d requests of %s + %s tokens in %.1f s: %.1f tokens/s",
                result.config().requests(),
                result.config().prompt(),
                result.config().newTokens(),
                result.seconds(),
                result.tokensPerSecond()));
        out.println("time to the first token  " + text(result.firstToken()));
        out.println("time between tokens      " + text(result.betweenTokens()));
        iterations.ifPresent(counts -> out.println(counts));
    }

    private static void put(JsonLine line, String name, Percentiles times) {
        line.put(name + "_p50_ms", times.p50() / 1e6)
                .put(name + "_p95_ms", times.p95() / 1e6)
                .put(name + "_p99_ms", times.p99() / 1e6);
    }

    private static String text(Percentiles times) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f ms, p95 %.1f ms, p99 %.1f ms",
                times.p50() / 1e6,
                times.p95() / 1e6,
                times.p99() / 1e6);
    }
}
