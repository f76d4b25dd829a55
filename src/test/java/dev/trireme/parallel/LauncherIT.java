package dev.trireme.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.trireme.config.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class LauncherIT {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @Test
    void everyRankIsToldItsPlaceItsThreadsAndHowToKeepMemory() throws IOException {
        JobResult result = launch("describe", "describe");

        assertThat(result).isEqualTo(new JobResult(ExitCode.OK, ""));
        for (int rank = 0; rank < 2; rank++) {
            assertThat(folder.resolve("rank" + rank))
                    .content()
                    .contains("rank=" + rank + ", worldSize=2, localRank=" + rank + ", localWorldSize=2")
                    .endsWith("\n0\n3 4294967296");
        }
    }

    @Test
    void aKilledRankEndsTheJobAndIsNamedWithItsSignal() throws Exception {
        CompletableFuture<JobResult> job = launchAside("pid hang", "pid say the_end\\n hang");
        long other = Processes.pid(folder, 0);
        long victim = Processes.pid(folder, 1);
        Processes.await(() -> errors.toString(StandardCharsets.UTF_8).contains("the end"));

        Processes.signal("KILL", victim);

        JobResult result = job.get();
        assertThat(result.exitCode()).isEqualTo(ExitCode.PEER_LOST);
        assertThat(result.failure()).isEqualTo("rank 1 was killed by SIGKILL; its last words: the end");
        assertThat(Processes.isRunning(other)).isFalse();
    }

    @Test
    void whatARankThrowsBecomesTheExitCodeAndTheLine() {
        JobResult result = launch("hang", "not-finite");

        assertThat(result.exitCode()).isEqualTo(ExitCode.NOT_FINITE);
        assertThat(result.failure()).contains("rank 1 ended with exit code 13").contains("loss of step 7 is NaN");
    }

    @Test
    void aRankThatOnlyLostItsPeerIsNotBlamedForIt() {
        JobResult result = launch("exit 10", "pause 100 exit 14");

        assertThat(result.exitCode()).isEqualTo(ExitCode.CHECKPOINT);
        assertThat(result.failure()).startsWith("rank 1 ended with exit code 14 (checkpoint could not be written)");
    }

    @Test
    void aRankThatStandsStillIsNamedWhenAnotherTimesOut() throws Exception {
        CompletableFuture<JobResult> job = launchAside("pid pause 2000 exit 11", "pid hang");
        long frozen = Processes.pid(folder, 1);

        Processes.signal("STOP", frozen);

        JobResult result = job.get();
        assertThat(result.exitCode()).isEqualTo(ExitCode.COLLECTIVE_TIMEOUT);
        assertThat(result.failure()).contains("rank 1 stood still, stopped by SIGSTOP");
        assertThat(Processes.isRunning(frozen)).isFalse();
    }

    @Test
    void aRankThatIgnoresTheTermSignalIsKilled() throws Exception {
        CompletableFuture<JobResult> job = launchAside("ignore-term pid hang", "pid pause 300 exit 1");
        long stubborn = Processes.pid(folder, 0);

        assertThat(job.get().exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(Processes.isRunning(stubborn)).isFalse();
    }

    @Test
    void aFullHeapIsOutOfMemoryAndNotABadFile() {
        Job job =
                new Job(2, 1, ScriptedRank.class.getName(), scripts("hang", "fill-heap"), List.of("-Xmx32m"), Map.of());

        JobResult result = Launcher.run(job, errors);

        assertThat(result.exitCode()).isEqualTo(ExitCode.OUT_OF_MEMORY);
        assertThat(result.failure()).startsWith("rank 1").contains("OutOfMemoryError");
    }

    @Test
    void bytesOfRankZeroPassAsTheyAreAndLinesOfOthersAreMarked() {
        launch("say 50_%\\r60_%\\r", "pause 300 say Grüße\\n say unfinished");

        assertThat(errors.toString(StandardCharsets.UTF_8))
                .isEqualTo("50 %\r60 %\r[rank 1] Grüße\n[rank 1] unfinished\n");
    }

    @Test
    void killingTheLauncherLeavesNoRank() throws Exception {
        Process launcher = startLauncher("pid hang", "pid hang");
        long first = Processes.pid(folder, 0);
        long second = Processes.pid(folder, 1);

        launcher.destroyForcibly().waitFor();

        Processes.await(() -> !Processes.isRunning(first) && !Processes.isRunning(second));
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void aSignalToTheLauncherEndsTheRanksFirst(String signal, int exitCode) throws Exception {
        Process launcher = startLauncher("pid hang", "pid hang");
        long first = Processes.pid(folder, 0);
        long second = Processes.pid(folder, 1);
        assumeFalse(signal.equals("INT") && ignoresInterrupts(launcher.pid()), "started where SIGINT is ignored");

        Processes.signal(signal, launcher.pid());

        assertThat(launcher.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(launcher.exitValue()).isEqualTo(exitCode);
        assertThat(Processes.isRunning(first) || Processes.isRunning(second)).isFalse();
    }

    private JobResult launch(String... scripts) {
        return Launcher.run(Job.of(scripts.length, 3, ScriptedRank.class.getName(), scripts(scripts)), errors);
    }

    private CompletableFuture<JobResult> launchAside(String... scripts) {
        return CompletableFuture.supplyAsync(() -> launch(scripts));
    }

    private Process startLauncher(String... scripts) throws IOException {
        return Processes.startLauncher(scripts.length, ScriptedRank.class, scripts(scripts));
    }

    private List<String> scripts(String... scripts) {
        List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        arguments.addAll(List.of(scripts));
        return arguments;
    }

    private static boolean ignoresInterrupts(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> 1 & 1) == 1);
    }
}
