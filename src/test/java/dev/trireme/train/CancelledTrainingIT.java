package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.checkpoint.HuggingFaceFolder;
import dev.trireme.config.Reduction;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class CancelledTrainingIT {
    @TempDir
    private Path folder;

    @Test
    void anInterruptEndsTrainingInThisProcessWithinAStepAndStaysSet() {
        TrainingRun run = TinyRun.prepare(folder, 1000, 0, TinyRun.ranks(1, Reduction.OVERLAPPED));
        List<Long> steps = new ArrayList<>();
        assertThatThrownBy(() -> Trainer.train(run, event -> {
                    if (event instanceof StepMetrics metrics) {
                        steps.add(metrics.step());
                        if (metrics.step() == 5) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }))
                .isInstanceOf(CancellationException.class)
                .hasMessage("training was interrupted after step 5 of 13000; its model is not saved");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(steps).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(run.model()).doesNotExist();
        run.lock().close(); // it was given back
    }

    @Test
    void anInterruptWhileTheModelIsSavedLeavesAWholeModel() throws Exception {
        TrainingRun run = TinyRun.prepare(folder, 1, 2, TinyRun.ranks(1, Reduction.OVERLAPPED));
        Thread trainer = Thread.currentThread();
        Thread watcher = new Thread(() -> {
            while (!Files.exists(folder.resolve(".model.next")) && !Files.exists(run.model())) {
                Thread.onSpinWait();
            }
            trainer.interrupt();
        });
        watcher.start();
        try {
            Trainer.train(run, TrainListener.NONE);
        } catch (CancellationException e) {
            assertThat(e).hasMessageContaining("interrupted");
        }
        while (watcher.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(Thread.interrupted()).isTrue();
        HuggingFaceFolder.open(run.model()).close();
        assertThat(folder.resolve(".model.next")).doesNotExist();
    }

    @Test
    void aLaunchedRunTellsWhatAnInProcessRunTells() {
        Recorder here = new Recorder();
        Recorder there = new Recorder();
        TrainingRun run = TinyRun.prepare(folder, 2, 16, TinyRun.ranks(1, Reduction.OVERLAPPED));
        ResultMetrics inProcess = Trainer.train(run, here);
        ResultMetrics launched = Trainer.launch(run, there, new ByteArrayOutputStream());

        assertThat(there.calls).isEqualTo(here.calls).hasSize(1 + 2 + 2 + 16 + 2 + 2 + 2 + 1 + 1 + 1 + 1);
        assertThat(there.result).containsExactly(launched);
        assertThat(launched.testLoss()).isEqualTo(inProcess.testLoss());
    }

    @Test
    void aRunningTrainingCanBeCancelledFromAnotherThread() throws Exception {
        TrainingRun run = TinyRun.prepare(folder, 1000, 0, TinyRun.ranks(2, Reduction.OVERLAPPED));
        CountDownLatch begun = new CountDownLatch(3);
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        RunningTraining training = Trainer.start(
                run,
                event -> {
                    if (event instanceof StepMetrics) {
                        begun.countDown();
                    }
                },
                errors);
        begun.await();
        List<ProcessHandle> ranks = ProcessHandle.current()
                .children()
                .filter(child -> child.info().commandLine().orElse("").contains(folder.toString()))
                .toList();
        assertThat(ranks).as(errors.toString(StandardCharsets.UTF_8)).hasSize(2);

        long begin = System.nanoTime();
        training.cancel();

        assertThat(ranks).noneMatch(ProcessHandle::isAlive);
        assertThat(training.isRunning()).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
        assertThatThrownBy(training::await).isInstanceOf(CancellationException.class);
        training.close();
        assertThat(run.model()).doesNotExist();
    }

    /** Whatever does not depend on time. */
    private static final class Recorder implements TrainListener {
        final List<String> calls = new ArrayList<>();
        final List<ResultMetrics> result = new ArrayList<>();

        @Override
        public void on(RunEvent event) {
            if (event instanceof StepMetrics metrics) {
                calls.add("step " + metrics.step() + " " + metrics.loss() + " " + metrics.tokens());
            } else if (event instanceof EpochMetrics metrics) {
                calls.add("epoch " + metrics.epoch() + " " + metrics.trainLoss() + " " + metrics.validationLoss());
            } else if (event instanceof StageMetrics metrics) {
                calls.add("stages " + metrics.theory().devices() + " "
                        + metrics.measured().events().size());
            } else if (event instanceof ResultMetrics metrics) {
                calls.add("finished " + metrics.testLoss() + " " + metrics.bleu());
                result.add(metrics);
            } else if (event instanceof MachineMetrics metrics) { // its load and time are another
                calls.add("machine " + metrics.facts().keySet());
            } else {
                calls.add(event.toString());
            }
        }
    }
}
