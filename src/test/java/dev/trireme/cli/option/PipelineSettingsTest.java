package dev.trireme.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.PipelineLayout;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class PipelineSettingsTest {
    @Test
    void oneStageIsNotMeasuredAndSeveralAreBalanced() {
        assertThat(parse().over(PipelineLayout.SINGLE)).isEqualTo(PipelineLayout.SINGLE);
        assertThat(parse("--stages", "3").over(PipelineLayout.SINGLE)).isEqualTo(PipelineLayout.of(3, "balanced"));
    }

    @Test
    void aLoadedModelTakesTheSameOptions() {
        PipelineSettings settings = parse(
                "--stages",
                "2",
                "--split",
                "5,7",
                "--micro-batches",
                "6",
                "--schedule",
                "interleaved",
                "--checkpoint-activations",
                "always");
        assertThat(settings.forwardOnly(3, new DeviceOptions()).pipeline())
                .isEqualTo(new PipelineLayout(2, "5,7", "interleaved", 2, ActivationCheckpointing.ALWAYS));
        assertThat(settings.forwardOnly(3, new DeviceOptions()).microBatches()).isEqualTo(6);
        assertThat(settings.forwardOnly(3, new DeviceOptions()).worldSize()).isEqualTo(3);
    }

    @Test
    void whatForwardPassesDoNotFeelIsTold() {
        assertThat(parse("--checkpoint-activations", "never", "--schedule", "gpipe")
                        .idleForward())
                .isEmpty();
        assertThat(parse("--checkpoint-activations", "except-last").idleForward())
                .containsExactly("--checkpoint-activations except-last changes nothing: without backward passes no "
                        + "activations are kept");
        assertThat(parse("--schedule", "gpipe").idleInGeneration())
                .containsExactly(
                        "--schedule gpipe changes nothing: generation has forward passes only, and a stage takes "
                                + "groups of prompts in the order in which they come");
        assertThat(parse("--schedule", "interleaved").idleInGeneration()).isEmpty();
        assertThat(parse("--stages", "2").idleInGeneration()).isEmpty();
    }

    @Command
    private static final class Settings {
        @Mixin
        private PipelineSettings pipeline = new PipelineSettings();
    }

    private static PipelineSettings parse(String... arguments) {
        Settings settings = new Settings();
        new CommandLine(settings)
                .registerConverter(ActivationCheckpointing.class, new NamedValue<>(ActivationCheckpointing.class))
                .parseArgs(arguments);
        return settings.pipeline;
    }
}
