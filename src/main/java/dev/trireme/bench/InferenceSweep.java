package dev.trireme.bench;

import dev.trireme.config.NullChecks;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A sweep: measurements of every combination of the lists. Prompts are cut so that they and their new tokens fit the
 * model's positions. If both kinds of cache are measured, those without a cache end at {@link
 * #MOST_TOKENS_WITHOUT_CACHE}, because longer ones would take more time than all others together.
 *
 * @param shape name of the model's shape
 * @param prompts tokens of each prompt
 * @param batches prompts at once
 * @param threads of every operator
 * @param caches with and without
 * @param newTokens appended to each prompt
 * @param weights float32 or bfloat16
 * @param repetitions measured prefills
 */
public record InferenceSweep(
        String shape,
        List<Integer> prompts,
        List<Integer> batches,
        List<Integer> threads,
        List<Boolean> caches,
        int newTokens,
        Weights weights,
        int repetitions) {
    /** Checks that no component is null. */
    public InferenceSweep {
        NullChecks.require(
                "shape", shape, "prompts", prompts, "batches", batches, "threads", threads, "caches", caches, "weights",
                weights);
    }

    /** Most tokens of all prompts together in measurements without a cache. */
    public static final int MOST_TOKENS_WITHOUT_CACHE = 4096;

    /**
     * Prompts of 32, 64, … 2048 tokens, 16 new ones each, alone and by eight, with 1 and 2 threads, with and without a
     * cache.
     *
     * @param shape name of the model's shape
     * @param weights float32 or bfloat16
     * @return 52 settings
     */
    public static InferenceSweep usual(String shape, Weights weights) {
        NullChecks.require("shape", shape, "weights", weights);
        List<Integer> prompts = IntStream.iterate(32, length -> length <= 2048, length -> 2 * length)
                .boxed()
                .toList();
        return new InferenceSweep(shape, prompts, List.of(1, 8), List.of(1, 2), List.of(true, false), 16, weights, 3);
    }

    /**
     * A few of {@link #usual}, alone, with one thread.
     *
     * @param shape name of the model's shape
     * @param weights float32 or bfloat16
     * @return 6 settings
     */
    public static InferenceSweep quick(String shape, Weights weights) {
        NullChecks.require("shape", shape, "weights", weights);
        return new InferenceSweep(
                shape, List.of(32, 256, 1024), List.of(1), List.of(1), List.of(true, false), 8, weights, 2);
    }

    /**
     * The same work under every strategy whose devices each have a core and a prompt, with a cache.
     *
     * @param batch prompts at once
     * @param prompt tokens of each
     * @param cores which all use
     * @return their settings, on one device first
     */
    public List<InferenceConfig> strategies(int batch, int prompt, int cores) {
        int shortEnough = Math.min(prompt, longest());
        return Stream.of(GenerationStrategy.values())
                .filter(strategy -> strategy.atOnce() <= Math.min(cores, batch))
                .map(strategy -> new InferenceConfig(
                        shape,
                        batch,
                        shortEnough,
                        newTokens,
                        Math.max(1, cores / strategy.atOnce()),
                        weights,
                        true,
                        repetitions,
                        strategy))
                .toList();
    }

    /**
     * The measurements.
     *
     * @return their settings, short prompts first
     * @throws IllegalArgumentException naming what is out of bounds
     */
    public List<InferenceConfig> configs() {
        List<InferenceConfig> configs = new ArrayList<>();
        for (int prompt : prompts) {
            for (int batch : batches) {
                for (int threadsOfOne : threads) {
                    for (boolean cache : caches) {
                        configs.add(new InferenceConfig(
                                shape,
                                batch,
                                Math.min(prompt, longest()),
                                newTokens,
                                threadsOfOne,
                                weights,
                                cache,
                                repetitions,
                                GenerationStrategy.ONE_DEVICE));
                    }
                }
            }
        }
        configs.removeIf(config -> caches.contains(true) && isTooMuch(config));
        return configs;
    }

    private int longest() {
        return ModelConfig.ofShape(shape).positions() - newTokens;
    }

    private static boolean isTooMuch(InferenceConfig config) {
        return !config.cache() && config.batch() * config.prompt() > MOST_TOKENS_WITHOUT_CACHE;
    }
}
