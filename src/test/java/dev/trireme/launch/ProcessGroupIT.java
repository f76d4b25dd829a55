package dev.trireme.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trireme.config.ExitCode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes over real sockets. */
@Timeout(120)
class ProcessGroupIT {
    private static final int FOREVER = Integer.MAX_VALUE;

    @TempDir
    Path folder;

    @Test
    void processesSumAndListenOnLoopbackAlone() throws Exception {
        JobResult result = launch(20_000, 3).get();

        assertThat(result).isEqualTo(new JobResult(ExitCode.OK, ""));
        for (int rank = 0; rank < 2; rank++) {
            String[] end = Files.readString(folder.resolve("rank" + rank)).split(" ", 3);
            assertThat(end[0]).isEqualTo("3.0");
            assertThat(end[1]).isEqualTo("4.0");
            assertThat(end[2].replaceAll("[\\[\\] ]", "").split(",", -1))
                    .isNotEmpty()
                    .allMatch(address -> address.startsWith("127.0.0.1:"));
        }
    }

    @Test
    void nothingButTheJobWritesToStandardOutput() throws Exception {
        Process launcher = Processes.startLauncher(
                folder,
                System.getProperty("java.class.path"),
                2,
                GroupRank.class,
                List.of(folder.toString(), "20000", "3"));

        assertThat(new String(launcher.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(launcher.waitFor()).isZero();
    }

    @Test
    void aKilledPeerIsLostAndTheKilledOneIsBlamed() throws Exception {
        CompletableFuture<JobResult> job = launch(60_000, FOREVER);
        long survivor = Processes.pid(folder, 0);

        Processes.signal("KILL", Processes.pid(folder, 1));

        JobResult result = job.get();
        assertThat(result.exitCode()).isEqualTo(ExitCode.PEER_LOST);
        assertThat(result.failure()).startsWith("rank 1 was killed by SIGKILL");
        assertThat(Processes.isRunning(survivor)).isFalse();
    }

    @Test
    void aRankThatStandsStillIsATimeOutOfTheOther() throws Exception {
        CompletableFuture<JobResult> job = launch(3000, FOREVER);
        Processes.pid(folder, 0);

        Processes.signal("STOP", Processes.pid(folder, 1));

        JobResult result = job.get();
        assertThat(result.exitCode()).isEqualTo(ExitCode.COLLECTIVE_TIMEOUT);
        assertThat(result.failure())
                .startsWith("rank 0 ended with exit code 11 (waited too long for another rank)")
                .endsWith("; rank 1 stood still, stopped by SIGSTOP");
    }

    private CompletableFuture<JobResult> launch(int timeoutMillis, int rounds) {
        List<String> arguments = List.of(folder.toString(), Integer.toString(timeoutMillis), Integer.toString(rounds));
        Job job = Job.of(2, 1, GroupRank.class.getName(), arguments);
        return CompletableFuture.supplyAsync(() -> Launcher.run(job, new ByteArrayOutputStream()));
    }
}
