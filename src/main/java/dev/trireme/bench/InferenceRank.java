package dev.trireme.bench;

import dev.trireme.batching.BatchLimits;
import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.Device;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.generate.Engine;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.GenerationLayout;
import dev.trireme.generate.Handle;
import dev.trireme.generate.Request;
import dev.trireme.generate.RequestListener;
import dev.trireme.generate.Timing;
import dev.trireme.launch.RankEnvironment;
import dev.trireme.launch.RankTask;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Stages;
import dev.trireme.schedule.DeviceMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The process of one measurement, started by {@link InferenceBench}, with its own threads and peak memory. */
final class InferenceRank {
    private static final long WEIGHT_SEED = 1234;
    private static final long PROMPT_SEED = 7;
    private static final int WARM_UP_TOKENS = 8;
    private static final long WARM_UP_NANOS = 1_500_000_000; // until Java code is compiled
    private static final int READ_REPETITIONS = 5;

    /** The task of the process. */
    static final class Task implements RankTask<InferenceConfig, InferenceResult> {
        @Override
        public Optional<InferenceResult> run(
                InferenceConfig config, RankEnvironment environment, Consumer<String> lines) {
            return Optional.of(new InferenceRank(config).run());
        }
    }

    private final InferenceConfig config;
    private final List<int[]> prompts;

    private InferenceRank(InferenceConfig config) {
        this.config = config;
        this.prompts = prompts(config);
    }

    /** Row by row from one generator, so that other programs can do the same work. */
    static List<int[]> prompts(InferenceConfig config) {
        int length = config.prompt();
        int[] ids = BenchTokens.of(PROMPT_SEED, config.model().vocabulary(), length, 0, config.batch());
        List<int[]> prompts = new ArrayList<>();
        for (int begin = 0; begin < ids.length; begin += length) {
            prompts.add(Arrays.copyOfRange(ids, begin, begin + length));
        }
        return prompts;
    }

    private InferenceResult run() {
        NativeLibrary.setThreads(config.threads());
        config.device().use();
        ModelConfig sizes = config.model();
        GenerationLayout layout = config.strategy().layout(config.threads());
        DeviceMap map = Pipelines.map(sizes, layout.pipeline());
        List<Stage> stages = IntStream.range(0, layout.worldSize())
                .boxed()
                .flatMap(copy ->
                        Stages.open(sizes, map, stage -> deviceOf(layout, copy, stage), config.weights()).stream())
                .toList();
        stages.forEach(stage -> stage.initialize(WEIGHT_SEED));
        int blocks = config.batch() * BatchLimits.blocksFor(config.prompt() + config.newTokens());
        long bytes = blocks
                * stages.stream()
                        .mapToLong(stage -> stage.blockBytes(CacheType.FLOAT32))
                        .sum()
                / layout.worldSize();
        EngineConfig settings = EngineConfig.of(layout, config.weights()).withCache(CacheType.FLOAT32, bytes);
        HuggingFaceConfig model = new HuggingFaceConfig(sizes, SpecialTokens.NONE);
        try (Engine engine = Engine.of(stages, model, settings, true)) {
            PeakMemory.forget();
            return measure(engine);
        }
    }

    private Device deviceOf(GenerationLayout layout, int copy, int stage) {
        int devices = layout.pipeline().stages();
        return config.device().of(copy * devices + stage % devices);
    }

    private InferenceResult measure(Engine engine) {
        long begin = System.nanoTime();
        do {
            complete(engine, Math.min(WARM_UP_TOKENS, config.newTokens()), "");
        } while (System.nanoTime() - begin < WARM_UP_NANOS);
        double[] prefills = new double[config.repetitions()];
        for (int i = 0; i < prefills.length; i++) { // of prompts that the cache does not know
            prefills[i] = complete(engine, 1, "prefill " + i).prefillNanos() / 1e6;
        }
        // Of prompts that it knows, so that all of them decode from the first step on.
        Timing whole = complete(engine, config.newTokens(), "prefill " + (prefills.length - 1));
        double[] steps = Arrays.stream(whole.stepNanos())
                .mapToDouble(nanos -> nanos / 1e6)
                .toArray();
        double peak = PeakMemory.megabytes(); // before memory is taken for the limit
        double limit = NativeLibrary.readSeconds(
                config.device().of(0), DecodeBytes.of(config.model(), config.weights()), READ_REPETITIONS);
        return InferenceResult.of(config, Spread.of(prefills), Spread.of(steps), peak, limit * 1e3);
    }

    private Timing complete(Engine engine, int newTokens, String salt) {
        GenerateOptions options = GenerateOptions.upTo(newTokens).withKeyValueCache(config.cache());
        long begin = System.nanoTime();
        List<Handle> handles = prompts.stream()
                .map(ids -> engine.submit(Request.of(ids, options).withSalt(salt), RequestListener.NONE))
                .toList();
        return Timing.of(
                begin,
                handles.stream().map(handle -> handle.await().statistics()).toList());
    }
}
