package dev.trireme.generate;

import dev.trireme.config.Count;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.NullChecks;
import dev.trireme.config.PipelineLayout;
import dev.trireme.config.Requirements;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Part;
import dev.trireme.engine.Stage;
import dev.trireme.engine.Weights;
import dev.trireme.model.ModelConfig;
import dev.trireme.parallel.Pipelines;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The layout of a model for generation: copies, stages and groups. Every layout gives the same tokens.
 *
 * <pre>
 *   data parallel    worldSize R        a request goes to the copy with the least to do; R times the memory
 *   model parallel   stages K, microBatches 1     stage 0 │A     A        one group of prompts: one stage works at a time
 *                                                 stage 1 │   A     A
 *   pipeline         stages K                     stage 0 │A B C A B C    groups of prompts are kept in flight, and
 *                                                 stage 1 │  A B C A B    another one with chunks of new prompts
 * </pre>
 *
 * <p>A device processes groups in the order in which they arrive, so every schedule has the same forward passes. Of the
 * layout's schedule only the number of chunks matters, and that it fits the numbers of devices and groups. No
 * activations are kept for backward.
 *
 * @param pipeline how a copy is split into stages
 * @param microBatches number of groups for the prompts of a copy; 0 for as many as keep all stages busy
 * @param worldSize copies of the model
 * @param device {@code cpu}, {@code cuda:N}, or {@code cuda} for a GPU of its own to each stage
 * @param threads of every operator of a stage; 0 for its share of the cores
 */
public record GenerationLayout(PipelineLayout pipeline, int microBatches, int worldSize, String device, int threads) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public GenerationLayout {
        NullChecks.require("pipeline", pipeline, "device", device);
        Requirements.within("microBatches", microBatches, 0, 1024);
        Requirements.within("worldSize", worldSize, 1, 1024);
        Requirements.within("threads", threads, 0, 1024);
        DeviceKind.of(device);
    }

    /**
     * A single copy on one device.
     *
     * @param device {@code cpu} or {@code cuda:N}
     * @param threads of every operator; 0 for one a core
     * @return the layout
     * @throws IllegalArgumentException when there can be no such device
     */
    public static GenerationLayout single(String device, int threads) {
        Objects.requireNonNull(device, "device");
        return new GenerationLayout(PipelineLayout.SINGLE, 1, 1, device, threads);
    }

    /**
     * Resolves the automatic numbers for a request.
     *
     * @param prompts of a request
     * @param cores of this machine
     * @return the same with the number of groups and threads that suit them
     * @throws IllegalArgumentException when there is no schedule of that name, or it is for other numbers
     */
    public GenerationLayout resolved(int prompts, int cores) {
        Pipelines.schedule(pipeline, groups());
        GenerationLayout dealt = new GenerationLayout(pipeline, groups(prompts), worldSize, device, threads);
        return new GenerationLayout(pipeline, groups(prompts), worldSize, device, dealt.threads(cores));
    }

    /**
     * A hint when a request leaves copies or stages idle.
     *
     * @param prompts of a request
     * @return one line with the cure; empty where all copies and stages have work, or only one stage works at a time
     *     anyway
     */
    public Optional<String> remark(int prompts) {
        if (prompts < worldSize) {
            return Optional.of(Count.of(prompts, "prompt") + " cannot be spread over " + worldSize
                    + " copies of the model: some have nothing to do; give more prompts or a smaller world size");
        }
        int devices = pipeline.stages() * worldSize;
        if (microBatches != 1 && prompts < devices) {
            return Optional.of(Count.of(prompts, "prompt") + " cannot keep " + Count.of(devices, "stage")
                    + " at work: some wait for others; give at least as many prompts, or use fewer stages");
        }
        return Optional.empty();
    }

    /** Groups of a copy's texts: one for each stage unless it is said. */
    int groups() {
        return microBatches > 0 ? microBatches : pipeline.stages();
    }

    /** Groups in flight of each copy. */
    int groups(int prompts) {
        return Math.min(groups(), Math.max(1, (prompts + worldSize - 1) / worldSize));
    }

    /**
     * Threads of every operator.
     *
     * @param cores of this machine
     * @return as said, or its share of the cores
     */
    public int threads(int cores) {
        int atOnce = worldSize * Math.min(pipeline.stages(), groups());
        return threads > 0 ? threads : Math.max(1, cores / atOnce);
    }

    /**
     * The device of a stage.
     *
     * @param copy of the model, from 0
     * @param stage of the copy, from 0
     * @return one of its own, or the one that all share
     */
    public Device deviceOf(int copy, int stage) {
        int devices = pipeline.stages();
        return Device.parse(DeviceKind.ofStage(device, copy * devices + stage % devices));
    }

    /** The devices of all stages of all copies, each once. */
    List<Device> devices() {
        return IntStream.range(0, worldSize)
                .boxed()
                .flatMap(copy -> IntStream.range(0, pipeline.stages()).mapToObj(stage -> deviceOf(copy, stage)))
                .distinct()
                .toList();
    }

    /** Number of weights of all copies together. */
    long weights(ModelConfig model) {
        int end = 2 * model.layers();
        List<Part> parts = pipeline.stagesOfModel() == 1
                ? List.of(new Part(0, end, true, true))
                : List.of(new Part(0, end, true, false), new Part(end, end, false, true)); // both with a tied embedding
        long count = 0;
        for (Part part : parts) {
            try (Stage stage = Stage.dryRun(model, part, Device.CPU, Weights.FLOAT32)) {
                count += ParameterInfo.count(stage.parameters());
            }
        }
        return worldSize * count;
    }
}
