package dev.trireme.jmh;

import dev.trireme.config.SpecialTokens;
import dev.trireme.engine.CacheType;
import dev.trireme.engine.ChoiceRule;
import dev.trireme.engine.Choices;
import dev.trireme.engine.Device;
import dev.trireme.engine.KeyValueCache;
import dev.trireme.engine.NativeLibrary;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TokenRows;
import dev.trireme.engine.Weights;
import dev.trireme.generate.Completions;
import dev.trireme.generate.GenerateOptions;
import dev.trireme.generate.LanguageModel;
import dev.trireme.generate.Sampling;
import dev.trireme.generate.TokenListener;
import dev.trireme.model.HuggingFaceConfig;
import dev.trireme.model.ModelConfig;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a decode step costs besides the model. The model has one layer of width 8, so that hardly anything but the host is
 * left, and the vocabulary of a real one, because sampling goes through all of it.
 *
 * <pre>
 *   host           = Java + JNI + choice + C++ of the tiny model: an upper bound
 *   core           =        JNI + greedy + C++ of the tiny model
 *   host − core    = Java       + choice − greedy;  a crossing itself is StageBenchmark.callIntoTheCore, twice a step
 * </pre>
 *
 * <p>The share of a step is that difference over {@code decode_ms} of {@code bench inference} for the shape that has the
 * vocabulary, with as many prompts: 10,000 for {@code small}, 50,257 for {@code gpt2}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GenerateHostBenchmark {
    private static final int TOKENS = 64;
    private static final int BLOCKS = TOKENS / KeyValueCache.BLOCK + 1;

    /** Ways to choose a token. */
    public enum Choice {
        GREEDY(Sampling.GREEDY),
        TEMPERATURE(Sampling.GREEDY.withTemperature(0.8)),
        TOP_K(Sampling.GREEDY.withTemperature(0.8).withTopK(50)),
        TOP_P(Sampling.GREEDY.withTemperature(0.8).withTopP(0.9));

        private final Sampling sampling;

        Choice(Sampling sampling) {
            this.sampling = sampling;
        }
    }

    @Param({"10000", "50257"})
    private int vocabulary;

    @Param
    private Choice choice;

    /** Texts that decode together. */
    @Param({"1", "16"})
    private int rows;

    private List<int[]> prompts;
    private int[] all;
    private List<ChoiceRule> greedy;
    private Stage stage;
    private LanguageModel model;
    private GenerateOptions options;

    @Setup
    public void open() {
        NativeLibrary.setThreads(1);
        ModelConfig tiny = ModelConfig.gpt2(1, 1, 8, vocabulary, 2 * TOKENS);
        stage = Stage.open(tiny, 0, 1, Device.CPU, Weights.FLOAT32);
        stage.initialize(1234);
        model = LanguageModel.of(stage, new HuggingFaceConfig(tiny, SpecialTokens.NONE));
        prompts = Collections.nCopies(rows, new int[] {1});
        all = IntStream.range(0, rows).toArray();
        greedy = Collections.nCopies(rows, ChoiceRule.GREEDY);
        options = GenerateOptions.upTo(TOKENS).withSampling(choice.sampling);
    }

    @TearDown
    public void close() {
        model.close();
    }

    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public Completions host() {
        return model.complete(prompts, options, TokenListener.NONE);
    }

    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public int[] core() {
        int[] tokens = Collections.nCopies(rows, 1).stream().mapToInt(i -> i).toArray();
        int[] counts = tokens.clone();
        try (KeyValueCache cache = KeyValueCache.open(List.of(stage), rows * BLOCKS, CacheType.FLOAT32)
                .get(0)) {
            for (int i = 0; i < TOKENS; i++) {
                int position = i;
                int used = i / KeyValueCache.BLOCK + 1;
                int[] firsts = IntStream.generate(() -> position).limit(rows).toArray();
                int[] tables = IntStream.range(0, rows)
                        .flatMap(row -> IntStream.range(row * BLOCKS, row * BLOCKS + used))
                        .toArray();
                cache.extend(0, new TokenRows(firsts, counts, tables, tokens));
                Choices choices = cache.choose(0, all, greedy);
                Arrays.setAll(tokens, choices::id);
            }
        }
        return tokens;
    }
}
