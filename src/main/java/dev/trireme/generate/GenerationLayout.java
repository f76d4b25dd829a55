package dev.trireme.generate;

import dev.trireme.config.ModelConfig;
import dev.trireme.config.Requirements;
import dev.trireme.engine.Device;
import dev.trireme.plan.Cost;
import dev.trireme.plan.DeviceMap;
import dev.trireme.plan.StageCosts;
import java.util.Collections;
import java.util.Optional;

/**
 * How a model is spread for generation. Every layout gives the same tokens.
 *
 * <pre>
 *   data parallel    worldSize R        prompts are dealt to R copies of the model in this process, R times the memory
 *   model parallel   stages K, microBatches 1     stage 0 │A     A        one group of prompts: one stage works at a time
 *                                                 stage 1 │   A     A
 *   pipeline         stages K                     stage 0 │A B C D A B    groups of prompts are kept in flight, each
 *                                                 stage 1 │  A B C D A    with a cache of its own on every stage
 * </pre>
 *
 * @param stages devices that share the layers of a copy
 * @param split layers of each stage, such as {@code 5,7}; {@code even}; or {@code balanced}, by how many weights each
 *     stage multiplies with
 * @param microBatches groups that the prompts of a copy are dealt into; 0 for as many as keep all stages at work
 * @param worldSize copies of the model
 * @param device {@code cpu}, {@code cuda:N}, or {@code cuda} for a GPU of its own to each stage
 * @param threads of every operator of a stage; 0 for its share of the cores
 */
public record GenerationLayout(int stages, String split, int microBatches, int worldSize, String device, int threads) {
    /** A smaller group takes nearly as long as one of this size: weights must be read for it all the same. */
    private static final int USUAL_GROUP = 16;

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public GenerationLayout {
        Requirements.within("stages", stages, 1, 1024);
        Requirements.within("microBatches", microBatches, 0, 1024);
        Requirements.within("worldSize", worldSize, 1, 1024);
        Requirements.within("threads", threads, 0, 1024);
        if (!split.matches("even|balanced|\\d{1,6}(,\\d{1,6})*")) {
            throw new IllegalArgumentException(
                    "split is " + split + "; use even, balanced, or the layers of each stage such as 5,7");
        }
        if (!device.equals("cuda")) {
            Device.parse(device);
        }
    }

    /**
     * The whole model once, on one device.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator; 0 for one a core
     * @return the layout
     * @throws IllegalArgumentException when there can be no such device
     */
    public static GenerationLayout single(String device, int threads) {
        return new GenerationLayout(1, "even", 1, 1, device, threads);
    }

    /**
     * This layout as it is for a number of prompts.
     *
     * @param prompts of a request
     * @param cores of this machine
     * @return the same with the number of groups and threads that suit them
     */
    public GenerationLayout resolved(int prompts, int cores) {
        GenerationLayout dealt = new GenerationLayout(stages, split, groups(prompts), worldSize, device, threads);
        return new GenerationLayout(stages, split, groups(prompts), worldSize, device, dealt.threads(cores));
    }

    /**
     * What these prompts leave unused.
     *
     * @param prompts of a request
     * @return one line with the cure; nothing where all copies and stages have work, or only one stage was to work at a
     *     time
     */
    public Optional<String> remark(int prompts) {
        if (prompts < worldSize) {
            return Optional.of(count(prompts, "prompt") + " cannot be spread over " + worldSize
                    + " copies of the model: some have nothing to do; give more prompts or a smaller world size");
        }
        if (microBatches != 1 && prompts < stages * worldSize) {
            return Optional.of(count(prompts, "prompt") + " cannot keep " + count(stages * worldSize, "stage")
                    + " at work: some wait for others; give at least as many prompts, or use fewer stages");
        }
        return Optional.empty();
    }

    private static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** The most that a copy has in flight; two for each stage: while one's tokens are chosen, another is computed. */
    int groups() {
        return microBatches > 0 ? microBatches : stages == 1 ? 1 : 2 * stages;
    }

    /** How many each copy has in flight. */
    int groups(int prompts) {
        int ofCopy = Math.max(1, (prompts + worldSize - 1) / worldSize);
        int wanted = microBatches > 0 ? microBatches : Math.max(stages, Math.min(groups(), ofCopy / USUAL_GROUP));
        return Math.min(wanted, ofCopy);
    }

    int threads(int cores) {
        int atOnce = worldSize * Math.min(stages, groups());
        return threads > 0 ? threads : Math.max(1, cores / atOnce);
    }

    Device deviceOf(int copy, int stage) {
        return device.equals("cuda") ? new Device("cuda", copy * stages + stage) : Device.parse(device);
    }

    /** @throws IllegalArgumentException when the model cannot be cut so */
    DeviceMap map(ModelConfig model) {
        return DeviceMap.of(model.layers(), split, stages, () -> costs(model));
    }

    /** A token's time goes into reading weights, of which the embedding reads one row. */
    private static StageCosts costs(ModelConfig model) {
        long matrix = (long) model.vocabulary() * model.hidden();
        long ofBlocks = model.parameterCount() - matrix * (model.tied() ? 1 : 2);
        Cost block = new Cost((double) ofBlocks / model.layers(), 0, 0);
        return new StageCosts(Cost.NONE, Collections.nCopies(model.layers(), block), new Cost(matrix, 0, 0));
    }

    /** How many weights all copies hold together. */
    long weights(ModelConfig model) {
        boolean twice = stages > 1 && model.tied(); // the first stage and the last have it
        return worldSize * (model.parameterCount() + (twice ? (long) model.vocabulary() * model.hidden() : 0));
    }
}
