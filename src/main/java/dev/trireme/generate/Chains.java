package dev.trireme.generate;

import dev.trireme.model.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * The stage chains that groups of prompts use, and their threads:
 *
 * <pre>
 *   2 copies, 2 stages, 2 groups      chain 0: copy 0, cache 0     chain 1: copy 1, cache 0
 *                                     chain 2: copy 0, cache 1     chain 3: copy 1, cache 1
 *   a thread for each of the 4 devices, and one for each chain, which chooses tokens while stages compute for others
 * </pre>
 *
 * <p>A single chain has nothing to overlap and runs on the caller's thread.
 *
 * @param all chains, in the order in which they get prompts
 * @param used number of chains for a number of prompts
 * @param callers executor of the threads that call the chains
 * @param onClose frees the stages
 */
record Chains(List<CachedModel> all, IntUnaryOperator used, Executor callers, Runnable onClose) {
    /** A model in one part. */
    static Chains of(CachedModel model, Runnable onClose) {
        return new Chains(List.of(model), prompts -> 1, Runnable::run, onClose);
    }

    /** @param copies stages in order, as many of each copy as the layout says */
    static Chains of(List<List<CachedStage>> copies, GenerationLayout layout, ModelConfig config) {
        boolean overlap = copies.size() * layout.groups() > 1;
        List<ExecutorService> threads = new ArrayList<>();
        List<List<StageChain.Worker>> workers = new ArrayList<>();
        for (List<CachedStage> stages : copies) {
            List<Executor> devices = new ArrayList<>();
            for (int device = 0; device < layout.pipeline().stages(); device++) {
                String name = "trireme copy " + workers.size() + " device " + device;
                devices.add(overlap ? kept(threads, Executors::newSingleThreadExecutor, name) : Runnable::run);
            }
            workers.add(IntStream.range(0, stages.size())
                    .mapToObj(stage -> new StageChain.Worker(stages.get(stage), devices.get(stage % devices.size())))
                    .toList());
        }
        List<CachedModel> chains = new ArrayList<>();
        for (int cache = 0; cache < layout.groups(); cache++) {
            for (List<StageChain.Worker> chain : workers) {
                chains.add(new StageChain(chain, config, cache));
            }
        }
        return new Chains(
                chains,
                prompts -> copies.size() * layout.groups(prompts),
                overlap ? kept(threads, Executors::newCachedThreadPool, "trireme group") : Runnable::run,
                () -> {
                    threads.forEach(ExecutorService::shutdown); // between requests they have nothing to do
                    copies.forEach(stages -> stages.forEach(CachedStage::close));
                });
    }

    private static Executor kept(
            List<ExecutorService> threads, Function<ThreadFactory, ExecutorService> kind, String name) {
        ExecutorService executor = kind.apply(work -> {
            Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        });
        threads.add(executor);
        return executor;
    }
}
