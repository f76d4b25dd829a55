package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.config.MicroBatch;
import dev.trireme.config.OptimizerConfig;
import dev.trireme.config.Summation;
import dev.trireme.engine.Device;
import dev.trireme.engine.Stage;
import dev.trireme.engine.TinyModel;
import dev.trireme.schedule.Schedules;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class InterruptedPipelineTest {
    private static final List<MicroBatch> BATCHES =
            IntStream.range(0, 4).mapToObj(i -> TinyModel.batch(3, 2, 2 * i)).toList();

    @ParameterizedTest
    @EnumSource(Execution.class)
    void anInterruptEndsAStepAndTheNextOneLearnsAsIfNothingHadBeen(Execution execution) {
        try (Pipeline interrupted = open(execution);
                Pipeline calm = open(execution)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> train(interrupted))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("the thread was interrupted")
                    .hasMessageContaining("can be used again");
            assertThatThrownBy(() -> interrupted.evaluate(BATCHES)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();

            for (int step = 0; step < 3; step++) {
                assertThat(train(interrupted)).isEqualTo(train(calm));
            }
        }
    }

    @Test
    void closingEndsTheStepsOfAnotherThread() {
        Pipeline pipeline = open(Execution.EAGER);
        CompletableFuture<Double> training = CompletableFuture.supplyAsync(() -> {
            while (true) {
                train(pipeline);
            }
        });
        while (pipeline.timeline().isEmpty()) {
            Thread.onSpinWait();
        }
        pipeline.close();
        pipeline.close();
        assertThatThrownBy(training::join)
                .hasCauseExactlyInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pipeline of 2 stages")
                .hasMessageContaining("closed");
    }

    private static double train(Pipeline pipeline) {
        double loss = pipeline.train(1, 2, BATCHES, 56);
        pipeline.update(OptimizerConfig.adamW(), 1e-3);
        return loss;
    }

    private static Pipeline open(Execution execution) {
        List<Stage> stages =
                List.of(Stage.open(TinyModel.CONFIG, 0, 1, Device.CPU), Stage.open(TinyModel.CONFIG, 1, 2, Device.CPU));
        stages.forEach(stage -> stage.initialize(1));
        return Pipeline.of(
                stages,
                new PipelineConfig(
                        Schedules.oneForwardOneBackward(4, 2),
                        ActivationCheckpointing.NEVER,
                        Summation.SEQUENCE,
                        execution));
    }
}
