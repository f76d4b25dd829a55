package dev.trireme.cli.option;

import dev.trireme.engine.Weights;
import dev.trireme.generate.EngineConfig;
import dev.trireme.generate.GenerationLayout;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model is spread over copies, stages and devices for requests that come at any time. */
public final class EngineOptions {
    @ArgGroup(validate = false, heading = "%nKey/value cache%n")
    private CacheSettings cache = new CacheSettings();

    @ArgGroup(validate = false, heading = "%nStages of each copy%n")
    private PipelineSettings pipeline = new PipelineSettings();

    @Option(
            names = "--world-size",
            paramLabel = "N",
            description = "Copies of the model, which share the requests; each takes its memory (${DEFAULT-VALUE}).")
    private int worldSize = 1;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "Compute with weights in float32, or in bfloat16, which is faster (float32).")
    private Weights weights = Weights.FLOAT32;

    @Option(
            names = "--adapter",
            paramLabel = "NAME=DIR",
            description = "Low-rank updates of the model, which requests call NAME as their model. May be given several"
                    + " times, for several adapters at once.")
    private Map<String, Path> adapters = Map.of();

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    /**
     * What was typed, and the precision of the process set to what was.
     *
     * @return settings of an engine
     * @throws IllegalArgumentException naming the option that cannot be so
     */
    public EngineConfig config() {
        device.setPrecision();
        GenerationLayout typed = pipeline.forwardOnly(worldSize, device);
        int processors = Runtime.getRuntime().availableProcessors();
        return cache.over(EngineConfig.of(
                        typed.resolved(EngineConfig.of(typed, weights).rows(), processors), weights))
                .withAdapters(adapters);
    }
}
