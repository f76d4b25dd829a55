package dev.trireme.cli;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a model is cut into stages. */
final class PipelineSettings {
    @Option(names = "--stages", paramLabel = "N", description = "Devices that share the layers of a model (1).")
    private Optional<Integer> stages = Optional.empty();

    @Option(
            names = "--split",
            paramLabel = "HOW",
            description = "even, balanced by measured times, or layers of each stage such as 5,7 (balanced).")
    private Optional<String> split = Optional.empty();

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
            description = "Compute activations again instead of keeping them: ${COMPLETION-CANDIDATES} (never).")
    private Optional<ActivationCheckpointing> checkpointing = Optional.empty();

    PipelineLayout over(PipelineLayout defaults) {
        int devices = stages.orElse(defaults.stages());
        String kind = schedule.orElse(defaults.schedule());
        return new PipelineLayout(
                devices,
                split.orElse(devices == 1 && chunks.isEmpty() ? "even" : "balanced"),
                kind,
                chunks.orElse(kind.equals("interleaved") ? 2 : 1),
                checkpointing.orElse(defaults.checkpointing()));
    }
}
