package dev.trireme.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ModelConfig;
import dev.trireme.engine.Device;
import org.junit.jupiter.api.Test;

class GenerationLayoutTest {
    private static final ModelConfig GPT2 = ModelConfig.gpt2(12, 12, 768, 50_257, 1024);

    @Test
    void aBalancedSplitCountsTheHead() {
        assertThat(layout(2, "balanced", 0, 1).map(GPT2)).hasToString("9,3");
        assertThat(layout(2, "even", 0, 1).map(GPT2)).hasToString("6,6");
        assertThat(layout(3, "2,4,6", 0, 1).map(GPT2)).hasToString("2,4,6");
    }

    @Test
    void aSplitIntoAnotherNumberOfStagesIsRefused() {
        assertThatThrownBy(() -> layout(3, "6,6", 0, 1).map(GPT2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("split 6,6 has 2 stages, not 3; give a number of layers for each stage");
        assertThatThrownBy(() -> layout(0, "even", 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("stages is 0; use 1 to 1024");
    }

    @Test
    void aSharedEmbeddingIsCountedOnBothEndStages() {
        long matrix = 50_257L * 768;
        assertThat(layout(1, "even", 0, 1).weights(GPT2)).isEqualTo(GPT2.parameterCount());
        assertThat(layout(2, "even", 0, 3).weights(GPT2)).isEqualTo(3 * (GPT2.parameterCount() + matrix));
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
        GenerationLayout own = new GenerationLayout(2, "even", 0, 2, "cuda", 0);
        assertThat(own.deviceOf(1, 0)).isEqualTo(new Device("cuda", 2));
        assertThat(new GenerationLayout(2, "even", 0, 2, "cuda:1", 0).deviceOf(1, 0))
                .isEqualTo(new Device("cuda", 1));
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
        return new GenerationLayout(stages, split, microBatches, worldSize, "cpu", 0);
    }
}
