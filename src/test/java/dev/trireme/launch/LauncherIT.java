package dev.trireme.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.config.ExitCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
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
    void everyRankIsToldItsRankItsThreadsAndHowToKeepMemory() throws IOException {
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

    @ParameterizedTest
    @CsvSource({"1", "2"})
    void ranksThatAllStandStillEndTheJobAndAreNamed(int count) throws Exception {
        String[] scripts = Collections.nCopies(count, "pid hang").toArray(String[]::new);
        Job job =
                Job.of(count, 1, ScriptedRank.class.getName(), scripts(scripts)).withTimeout(Duration.ofSeconds(2));
        CompletableFuture<JobResult> launched = CompletableFuture.supplyAsync(() -> Launcher.run(job, errors));
        for (int rank = 0; rank < count; rank++) {
            Processes.signal("STOP", Processes.pid(folder, rank));
        }

        JobResult result = launched.get();
        assertThat(result.exitCode()).isEqualTo(ExitCode.COLLECTIVE_TIMEOUT);
        for (int rank = 0; rank < count; rank++) {
            assertThat(result.failure()).contains("rank " + rank + " stood still, stopped by SIGSTOP");
            assertThat(Processes.isRunning(Processes.pid(folder, rank))).isFalse();
        }
    }

    @Test
    void aRankThatGoesOnInTimeIsLeftAlone() throws Exception {
        Job job = Job.of(1, 1, ScriptedRank.class.getName(), scripts("pid pause 5000"))
                .withTimeout(Duration.ofSeconds(20));
        CompletableFuture<JobResult> launched = CompletableFuture.supplyAsync(() -> Launcher.run(job, errors));
        long pid = Processes.pid(folder, 0);

        Processes.signal("STOP", pid);
        Thread.sleep(2_000);
        Processes.signal("CONT", pid);

        assertThat(launched.get()).isEqualTo(new JobResult(ExitCode.OK, ""));
    }

    @Test
    void linesOfRankZeroAreToldInOrderOnTheCallingThread() {
        List<String> lines = new ArrayList<>();
        Job job = Job.of(2, 1, ScriptedRank.class.getName(), scripts("print one_ß pause 300 print two", "print other"));

        JobResult result = Launcher.run(
                job, line -> lines.add(line + " " + Thread.currentThread().getName()), errors);

        String here = " " + Thread.currentThread().getName();
        assertThat(result.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(lines).containsExactly("one ß" + here, "two" + here);
        assertThat(errors.toString(StandardCharsets.UTF_8)).isEqualTo("[rank 1] other\n");
    }

    @Test
    void whatAListenerThrowsEndsTheRanks() throws Exception {
        Job job = Job.of(2, 1, ScriptedRank.class.getName(), scripts("pid print go pause 100000", "pid hang"));

        assertThatThrownBy(() -> Launcher.run(
                        job,
                        line -> {
                            throw new UnsupportedOperationException(line);
                        },
                        errors))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("go");
        assertThat(Processes.isRunning(Processes.pid(folder, 0))).isFalse();
    }

    @Test
    void anInterruptOfTheCallerEndsTheRanksAndStaysSet() throws Exception {
        CompletableFuture<Boolean> interruptIsSet = new CompletableFuture<>();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                launch("ignore-term pid hang", "pid hang");
            } catch (RuntimeException e) {
                thrown.complete(e);
            }
            interruptIsSet.complete(Thread.currentThread().isInterrupted());
        });
        caller.start();
        long first = Processes.pid(folder, 0);
        long second = Processes.pid(folder, 1);

        while (!interruptIsSet.isDone()) { // again and again: an interrupt while ranks end must not leave one behind
            caller.interrupt();
            Thread.sleep(20);
        }

        assertThat(interruptIsSet.get()).isTrue();
        assertThat(thrown.get())
                .isInstanceOf(CancellationException.class)
                .hasMessage("interrupted while 2 ranks were running; they were ended");
        assertThat(Processes.isRunning(first) || Processes.isRunning(second)).isFalse();
    }

    /** The system takes no argument of more than 128 KiB. */
    @Test
    void aClassPathOfFiveHundredJarsReachesTheRanks() throws Exception {
        Path jars = Files.createDirectories(folder.resolve("a folder with a blank/" + "long".repeat(50)));
        StringBuilder classPath = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            try (JarOutputStream jar =
                    new JarOutputStream(Files.newOutputStream(jars.resolve("a-library-of-somebody-" + i + ".jar")))) {
                jar.putNextEntry(new ZipEntry("number" + i));
            }
            classPath
                    .append(jars.resolve("a-library-of-somebody-" + i + ".jar"))
                    .append(':');
        }
        classPath.append(System.getProperty("java.class.path"));
        assertThat(classPath.length()).isGreaterThan(128 << 10);
        List<String> arguments = scripts("describe", "describe");

        Process launcher = Processes.startLauncher(folder, classPath.toString(), 2, ScriptedRank.class, arguments);

        assertThat(launcher.waitFor()).isZero();
        assertThat(folder.resolve("rank1")).exists();
    }

    @ParameterizedTest
    @CsvSource({"TERM", "INT", "KILL"})
    void nothingStaysInTheTemporaryFolder(String signal) throws Exception {
        if (signal.equals("INT")) {
            Interrupts.assumeHeard();
        }
        Process launcher = startLauncher("pid hang", "pid hang");
        Processes.pid(folder, 1);
        assertThat(Processes.temporaryFiles(folder)).hasSize(1);

        Processes.signal(signal, launcher.pid());
        launcher.waitFor();
        if (signal.equals("KILL")) { // then the next start cleans up
            assertThat(startLauncher("exit 0").waitFor()).isZero();
        }

        assertThat(Processes.temporaryFiles(folder)).isEmpty();
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
        Job job = new Job(
                2,
                1,
                ScriptedRank.class.getName(),
                scripts("hang", "fill-heap"),
                List.of("-Xmx32m"),
                Map.of(),
                Rendezvous.DEFAULT_TIMEOUT);

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

    @Test
    void ranksThatAllEndAsASignalAskedDidNotFail() {
        assertThat(launch("exit 143", "pause 50 exit 143"))
                .isEqualTo(new JobResult(ExitCode.TERMINATED, "a rank was told to end by a signal, and all did"));
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void aSignalToTheLauncherEndsTheRanksFirst(String signal, int exitCode) throws Exception {
        if (signal.equals("INT")) {
            Interrupts.assumeHeard();
        }
        Process launcher = startLauncher("pid hang", "pid hang");
        long first = Processes.pid(folder, 0);
        long second = Processes.pid(folder, 1);

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
        return Processes.startLauncher(
                folder, System.getProperty("java.class.path"), scripts.length, ScriptedRank.class, scripts(scripts));
    }

    private List<String> scripts(String... scripts) {
        List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        arguments.addAll(List.of(scripts));
        return arguments;
    }
}
