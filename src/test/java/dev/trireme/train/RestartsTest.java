package dev.trireme.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.ExitCode;
import dev.trireme.config.TrainConfig;
import dev.trireme.config.TrainConfig.Recovery;
import dev.trireme.launch.JobControl;
import dev.trireme.launch.JobResult;
import dev.trireme.model.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With ranks that only say how they ended; real ones are {@code KilledTrainingIT}'s. */
class RestartsTest {
    private static final JobResult LOST = new JobResult(ExitCode.PEER_LOST, "rank 1 was killed by SIGKILL");

    @TempDir
    private Path folder;

    private final List<String> log = new ArrayList<>();
    private int starts;

    @Test
    void aRunThatDiesThreeTimesAfterTheSameStepEndsWithTheReason() {
        JobResult end = run(10, LOST, start -> 5);
        assertThat(starts).isEqualTo(3);
        assertThat(end)
                .isEqualTo(new JobResult(
                        ExitCode.EXHAUSTED,
                        "rank 1 was killed by SIGKILL; it died 3 times after step 5, so that a restart does not help"));
        assertThat(log)
                .containsExactly(
                        "restart 1 of 10 from step 0: rank 1 was killed by SIGKILL",
                        "restart 2 of 10 from step 0: rank 1 was killed by SIGKILL");
    }

    @Test
    void aRunThatDiesBeforeItsFirstStepIsACrashLoopToo() {
        JobResult end = run(10, LOST, start -> 0);
        assertThat(starts).isEqualTo(3);
        assertThat(end.failure()).contains("it died 3 times after step 0");
    }

    @Test
    void aRunThatGetsFurtherIsStartedAgainUntilNoRestartIsLeft() {
        JobResult end = run(4, LOST, start -> 10L * start);
        assertThat(starts).isEqualTo(5);
        assertThat(end)
                .isEqualTo(
                        new JobResult(ExitCode.EXHAUSTED, "rank 1 was killed by SIGKILL; all 4 restarts are used up"));
    }

    @Test
    void whatARestartDoesNotCureEndsAtOnce() {
        for (ExitCode code : List.of(
                ExitCode.USAGE, ExitCode.BAD_INPUT, ExitCode.NOT_FINITE, ExitCode.CHECKPOINT, ExitCode.TERMINATED)) {
            starts = 0;
            JobResult end = new JobResult(code, "no use");
            assertThat(run(4, end, start -> start)).isEqualTo(end);
            assertThat(starts).isEqualTo(1);
        }
    }

    private JobResult run(int most, JobResult end, LongUnaryOperator lastStep) {
        TrainConfig training = TrainConfig.defaults().withRecovery(new Recovery(0, 600, 2, false, most));
        TrainingRun run = new TrainingRun(folder, new RunConfig(ModelConfig.gpt2(2, 2, 8, 300, 128), training));
        return Restarts.run(
                run,
                () -> {
                    starts++;
                    tell(run, lastStep.applyAsLong(starts));
                    return end;
                },
                new JobControl(),
                log::add);
    }

    private static void tell(TrainingRun run, long step) {
        try {
            Files.writeString(run.metrics(), step == 0 ? "" : "{\"kind\":\"step\",\"step\":" + step + "}\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
