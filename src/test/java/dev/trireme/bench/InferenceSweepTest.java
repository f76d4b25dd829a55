package dev.trireme.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.engine.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;

class InferenceSweepTest {
    private static final InferenceSweep USUAL = InferenceSweep.usual("small", Weights.FLOAT32);

    @Test
    void everyCombinationIsMeasuredOnceButLongBatchesOnlyWithACache() {
        List<InferenceConfig> configs = USUAL.configs();
        assertThat(configs).doesNotHaveDuplicates().hasSize(7 * 2 * 2 + 7 * 2 + 5 * 2);
        assertThat(configs.stream().filter(config -> !config.cache() && config.batch() == 8))
                .allSatisfy(config -> assertThat(config.prompt()).isLessThanOrEqualTo(512));
        assertThat(configs.stream()
                        .filter(InferenceConfig::cache)
                        .map(InferenceConfig::prompt)
                        .distinct())
                .containsExactly(32, 64, 128, 256, 512, 1024, 2032);
    }

    @Test
    void aStrategyIsMeasuredWhereEachDeviceAtWorkHasACoreAndAPrompt() {
        assertThat(strategies(8, 2)).containsExactly(GenerationStrategy.values());
        assertThat(strategies(1, 2))
                .containsExactly(GenerationStrategy.ONE_DEVICE, GenerationStrategy.MODEL_PARALLEL)
                .isEqualTo(strategies(8, 1));
    }

    @Test
    void promptsOfStrategiesAreCutAsOthersAre() {
        assertThat(USUAL.strategies(8, 4096, 2))
                .allSatisfy(config -> assertThat(config.prompt()).isEqualTo(2032));
    }

    private static List<GenerationStrategy> strategies(int batch, int cores) {
        return USUAL.strategies(batch, 64, cores).stream()
                .map(InferenceConfig::strategy)
                .toList();
    }

    @Test
    void whoAsksForNoCacheAloneGetsAllLengths() {
        InferenceSweep sweep = new InferenceSweep(
                "small", List.of(1024), List.of(8), List.of(2), List.of(false), 4, Weights.FLOAT32, 1);
        assertThat(sweep.configs())
                .containsExactly(new InferenceConfig(
                        "small", 8, 1024, 4, 2, Weights.FLOAT32, false, 1, GenerationStrategy.ONE_DEVICE));
    }
}
