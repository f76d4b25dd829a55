package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.DeviceKind;
import dev.trireme.config.PipelineLayout;
import dev.trireme.engine.Device;
import dev.trireme.engine.ParameterInfo;
import dev.trireme.engine.Stage;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationLayoutTest {
    private static final ModelConfig GPT2 = ModelConfig.gpt2(12, 12, 768, 50_257, 1024);

    @Test
    void aScheduleForOtherNumbersIsRefused(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("mine.txt"), "F0 F1 B0 B1\nF0 B0 F1 B1\n");
        assertThat(scheduled(file.toString(), 1, 2).resolved(8, 2).microBatches())
                .isEqualTo(2);
        assertThatThrownBy(() -> scheduled(file.toString(), 1, 4).resolved(8, 2))
                .hasMessageEndingWith("is for 2 devices and 2 micro-batches, not 2 and 4; change either");
        assertThatThrownBy(() -> scheduled(file.toString(), 2, 2).resolved(8, 2))
                .hasMessageEndingWith("puts 1 on each device; use chunks 1 or the schedule interleaved");
        assertThatThrownBy(() -> scheduled("gpip", 1, 2).resolved(8, 2))
                .hasMessage(
                        "schedule gpip is unknown, and there is no such file; use gpipe, 1f1b, interleaved, zero-bubble, or a file that"
                                + " holds a schedule");
        assertThatThrownBy(() -> scheduled("interleaved", 2, 3).resolved(8, 2))
                .hasMessage("microBatches 3 cannot go through 2 chunks in groups of 2; use a multiple of 2, or 1f1b");
    }

    /** Three prompts on two devices make three groups, which interleaved training would not take. */
    @Test
    void groupsAreAsManyAsThePromptsAllowWhateverTheSchedule() {
        assertThat(scheduled("interleaved", 2, 4).resolved(3, 2).microBatches()).isEqualTo(3);
    }

    private static GenerationLayout scheduled(String schedule, int chunks, int microBatches) {
        PipelineLayout pipeline = new PipelineLayout(2, "even", schedule, chunks, ActivationCheckpointing.NEVER);
        return new GenerationLayout(pipeline, microBatches, 1, "cpu", 1);
    }

    @Test
    void aSharedEmbeddingIsCountedOnBothEndStages() {
        long matrix = 50_257L * 768;
        assertThat(layout(1, "even", 0, 1).weights(GPT2)).isEqualTo(ParameterInfo.count(Stage.parametersOf(GPT2)));
        assertThat(layout(2, "even", 0, 3).weights(GPT2))
                .isEqualTo(3 * (ParameterInfo.count(Stage.parametersOf(GPT2)) + matrix));
    }

    @Test
    void coresAreSharedByThoseWhoWorkAtTheSameTime() {
        assertThat(layout(2, "even", 0, 2).resolved(100, 16).threads()).isEqualTo(4);
        assertThat(layout(4, "even", 1, 2).resolved(100, 16).threads()).isEqualTo(8);
        assertThat(layout(4, "even", 0, 4).resolved(100, 8).threads()).isEqualTo(1);
        assertThat(layout(2, "even", 0, 1).resolved(1, 16).threads()).isEqualTo(16);
    }

    @Test
    void everyStageHasAGpuOfItsOwnUnlessOneIsNamed() {
        GenerationLayout own = new GenerationLayout(PipelineLayout.of(2, "even"), 0, 2, "cuda", 0);
        assertThat(own.deviceOf(1, 0)).isEqualTo(new Device(DeviceKind.CUDA, 2));
        assertThat(own.deviceOf(1, 3)).isEqualTo(new Device(DeviceKind.CUDA, 3)); // the second stage of its device
        assertThat(new GenerationLayout(PipelineLayout.of(2, "even"), 0, 2, "cuda:1", 0).deviceOf(1, 0))
                .isEqualTo(new Device(DeviceKind.CUDA, 1));
    }

    @Test
    void saysWhatCannotHelp() {
        assertThat(layout(2, "even", 0, 1).remark(1))
                .contains("1 prompt cannot keep 2 stages at work: some wait for others; give at least as many prompts,"
                        + " or use fewer stages");
        assertThat(layout(1, "even", 0, 3).remark(2))
                .contains("2 prompts cannot be spread over 3 copies of the model: some have nothing to do; give more"
                        + " prompts or a smaller world size");
        assertThat(layout(2, "even", 0, 1).remark(2)).isEmpty();
        assertThat(layout(2, "even", 1, 1).remark(1)).isEmpty();
        assertThat(layout(1, "even", 0, 1).remark(1)).isEmpty();
    }

    private static GenerationLayout layout(int stages, String split, int microBatches, int worldSize) {
        return new GenerationLayout(PipelineLayout.of(stages, split), microBatches, worldSize, "cpu", 0);
    }
}
