package dev.trireme.cli.option;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import dev.trireme.generate.GenerationLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options for the stages of a model and their schedule, the same for all commands that run a model. */
public final class PipelineSettings {
    @Option(names = "--stages", paramLabel = "N", description = "Devices that share the layers of a model (1).")
    private Optional<Integer> stages = Optional.empty();

    @Option(
            names = "--split",
            paramLabel = "HOW",
            description =
                    "even, balanced by measured times, or layers of each stage such as 5,7 or 3.5,0.5 (balanced).")
    private Optional<String> split = Optional.empty();

    @Option(
            names = "--micro-batches",
            paramLabel = "N",
            description =
                    "Micro-batches of a step, or groups of prompts; 1 is sequential model parallelism (enough to keep all stages busy).")
    private Optional<Integer> microBatches = Optional.empty();

    @Option(
            names = "--schedule",
            paramLabel = "KIND",
            description =
                    "gpipe, 1f1b, interleaved, zero-bubble, or a FILE that trireme schedule --text prints (1f1b).")
    private Optional<String> schedule = Optional.empty();

    @Option(names = "--chunks", paramLabel = "N", description = "Stages on each device, for interleaved (2).")
    private Optional<Integer> chunks = Optional.empty();

    @Option(
            names = "--checkpoint-activations",
            paramLabel = "WHEN",
            description =
                    "Activation checkpointing, which recomputes activations in backward: ${COMPLETION-CANDIDATES} (never).")
    private Optional<ActivationCheckpointing> checkpointing = Optional.empty();

    public PipelineLayout over(PipelineLayout defaults) {
        int devices = stages.orElse(defaults.stages());
        String kind = schedule.orElse(defaults.schedule());
        return new PipelineLayout(
                devices,
                split.orElse(devices == 1 && chunks.isEmpty() ? "even" : "balanced"),
                kind,
                chunks.orElse(kind.equals("interleaved") ? 2 : 1),
                checkpointing.orElse(defaults.checkpointing()));
    }

    /** These options over the layout of a run that goes on, which stays as it is without any. */
    public PipelineLayout resumed(PipelineLayout before) {
        boolean given = stages.isPresent() || split.isPresent() || schedule.isPresent() || chunks.isPresent();
        return given || checkpointing.isPresent() ? over(before) : before;
    }

    /** The layout of a loaded model, which has forward passes only. */
    public GenerationLayout forwardOnly(int worldSize, DeviceOptions device) {
        return new GenerationLayout(
                over(PipelineLayout.SINGLE), microBatches.orElse(0), worldSize, device.device(), device.threads());
    }

    public Optional<Integer> microBatches() {
        return microBatches;
    }

    public Optional<String> split() {
        return split;
    }

    /** Options that were given but have no effect without backward passes. */
    public List<String> idleForward() {
        return checkpointing
                .filter(when -> when != ActivationCheckpointing.NEVER)
                .map(when -> List.of("--checkpoint-activations " + when
                        + " changes nothing: without backward passes no activations are kept"))
                .orElse(List.of());
    }

    /** Options that were given but have no effect in generation. */
    public List<String> idleInGeneration() {
        List<String> lines = new ArrayList<>(idleForward());
        schedule.filter(kind -> !kind.equals("interleaved"))
                .ifPresent(
                        kind -> lines.add("--schedule " + kind + " changes nothing: generation has forward passes only,"
                                + " and a stage takes groups of prompts in the order in which they come"));
        return lines;
    }
}
