package dev.trireme.cli;

import dev.trireme.generate.GenerationLayout;
import picocli.CommandLine.Option;

/** How the model and the prompts are spread. */
final class GenerationLayoutSettings {
    @Option(names = "--stages", paramLabel = "N", description = "Devices that share the layers (${DEFAULT-VALUE}).")
    private int stages = 1;

    @Option(
            names = "--split",
            paramLabel = "HOW",
            description = "balanced by weights, even, or layers of each stage such as 5,7 (${DEFAULT-VALUE}).")
    private String split = "balanced";

    @Option(
            names = "--micro-batches",
            paramLabel = "N",
            description = "Groups of prompts in flight; 1 lets one stage work at a time (as many as keep all busy).")
    private int microBatches;

    @Option(
            names = "--world-size",
            paramLabel = "N",
            description = "Copies of the model, which share the prompts; each takes its memory (${DEFAULT-VALUE}).")
    private int worldSize = 1;

    GenerationLayout on(DeviceOptions device) {
        return new GenerationLayout(stages, split, microBatches, worldSize, device.device(), device.threads());
    }
}
