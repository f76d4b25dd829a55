package dev.trireme.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TrainConfigTest {
    @Test
    void defaultsAreThoseOfTheMission() {
        TrainConfig config = TrainConfig.defaults();
        assertThat(config.maxLength()).isEqualTo(128);
        assertThat(config.epochs()).isEqualTo(10);
        assertThat(config.batchSize()).isEqualTo(128);
        assertThat(config.learningRate()).isEqualTo(LearningRateSchedule.constant(1e-4));
        assertThat(config.seed()).isEqualTo(1234);
        assertThat(config.parallel().worldSize()).isEqualTo(2);
        assertThat(config.parallel().timeoutSeconds()).isEqualTo(60);
    }

    @Test
    void changedCopiesChangeOneThingOnly() {
        TrainConfig config = TrainConfig.defaults();
        assertThat(config.withEpochs(3).withEpochs(10)).isEqualTo(config);
        assertThat(config.withEpochs(3).epochs()).isEqualTo(3);
        assertThat(config.withBatchSize(16).withBatchSize(128)).isEqualTo(config);
        assertThat(config.withBatchSize(16).batchSize()).isEqualTo(16);
        LearningRateSchedule other = LearningRateSchedule.constant(1e-3);
        assertThat(config.withLearningRate(other).learningRate()).isEqualTo(other);
        assertThat(config.withLearningRate(other).withLearningRate(config.learningRate()))
                .isEqualTo(config);
        assertThat(config.withParallel(ParallelConfig.ofWorld(1)).parallel().worldSize())
                .isEqualTo(1);
        assertThat(config.withParallel(ParallelConfig.ofWorld(1)).withParallel(ParallelConfig.ofWorld(2)))
                .isEqualTo(config);
    }

    @Test
    void refusesWhatCannotBeSharedAmongRanks() {
        assertThatThrownBy(() -> new ParallelConfig(2, 3, 0, "cpu", Reduction.OVERLAPPED, 60))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("microBatches 3 cannot be shared among worldSize 2; use a multiple of 2");
        assertThatThrownBy(() -> TrainConfig.defaults().withBatchSize(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batchSize 1 cannot be cut into 2 micro-batches; use a multiple of 2");
    }

    @Test
    void refusesUnknownDevicesAndNumbersOutOfBoundsByName() {
        assertThatThrownBy(() -> new ParallelConfig(1, 1, 0, "gpu", Reduction.OVERLAPPED, 60))
                .hasMessage("device gpu is unknown; use cpu, cuda or cuda:N with N from 0");
        assertThatThrownBy(() -> ParallelConfig.ofWorld(0)).hasMessage("worldSize is 0; use 1 to 1024");
        assertThatThrownBy(() -> TrainConfig.defaults().withEpochs(0)).hasMessage("epochs is 0; use 1 to 1000000");
        assertThatThrownBy(() -> new ParallelConfig(1, 1, 0, "cpu", Reduction.OVERLAPPED, 0))
                .hasMessage("timeoutSeconds is 0; use 1 to 86400");
    }

    @Test
    void sharesCoresAndGpusOutUnlessTold() {
        ParallelConfig shared = new ParallelConfig(4, 4, 0, "cuda", Reduction.OVERLAPPED, 60);
        assertThat(shared.threadsOf(9, 4)).isEqualTo(2);
        assertThat(shared.threadsOf(2, 4)).isEqualTo(1);
        assertThat(shared.deviceOf(3, 0)).isEqualTo("cuda:3");
        ParallelConfig told = new ParallelConfig(4, 4, 3, "cuda:1", Reduction.OVERLAPPED, 60);
        assertThat(told.threadsOf(9, 4)).isEqualTo(3);
        assertThat(told.deviceOf(3, 0)).isEqualTo("cuda:1");
    }
}
