package dev.trireme.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trireme.engine.BackendKind;
import dev.trireme.engine.EngineException;
import dev.trireme.engine.EngineException.Kind;
import dev.trireme.engine.ProcessGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks are threads here: each has its own connection to the store, as a process would. */
@Timeout(60)
class RendezvousIT {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(500);

    @TempDir
    Path folder;

    @Test
    void aWorldOfOneMeetsAndAgreesWithoutASocket() {
        try (Rendezvous alone = Rendezvous.setup(RankEnvironment.alone(), SHORT)) {
            alone.agree("settings", Map.of("seed", "1"));
            assertThat(alone.group("all", BackendKind.GLOO, SHORT)).isEmpty();
        }
    }

    @Test
    void ranksThatAreEqualAgree() throws Exception {
        List<CompletableFuture<String>> ranks = start(3, rank -> meet(environment(rank, 3), LONG, Map.of("seed", "1")));

        for (CompletableFuture<String> rank : ranks) {
            assertThat(rank.get()).isEqualTo("agreed");
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "2"})
    void aDifferenceIsRefusedOnEveryRankWithBothValues(int odd) {
        List<CompletableFuture<String>> ranks = start(
                3, rank -> meet(environment(rank, 3), LONG, Map.of("data", "a", "seed", rank == odd ? "7" : "1")));

        String pattern = odd == 0
                ? "seed differs between ranks: 7 on rank 0, 1 on rank [12];.*"
                : "seed differs between ranks: 1 on rank 0, 7 on rank " + odd + ";.*";
        for (CompletableFuture<String> rank : ranks) {
            assertThat(failure(rank))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching(pattern);
        }
    }

    @Test
    void whereLongValuesPartIsShown() {
        String common = "4096 ".repeat(1000);
        List<CompletableFuture<String>> ranks =
                start(2, rank -> meet(environment(rank, 2), LONG, Map.of("plan", common + rank + common)));

        assertThat(failure(ranks.get(0)).getMessage())
                .contains("4096 0")
                .contains("4096 1")
                .hasSizeLessThan(300);
    }

    @ParameterizedTest
    @CsvSource({"2, 3", "3, 2"})
    void ranksThatDisagreeAboutTheWorldAreRefusedWithBothSizes(int ofRank0, int ofRank1) {
        List<CompletableFuture<String>> ranks =
                start(2, rank -> meet(environment(rank, rank == 0 ? ofRank0 : ofRank1), LONG, Map.of()));

        for (CompletableFuture<String> rank : ranks) {
            assertThat(failure(rank))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "WORLD_SIZE differs between ranks: " + ofRank0 + " on rank 0, " + ofRank1 + " on rank 1");
        }
    }

    @Test
    void aRankThatTheWorldDoesNotHaveIsRefused() {
        List<CompletableFuture<String>> ranks =
                start(3, rank -> meet(environment(rank, rank == 2 ? 3 : 2), LONG, Map.of()));

        assertThat(failure(ranks.get(2)))
                .hasMessageContaining("WORLD_SIZE differs between ranks: 2 on rank 0, 3 on rank 2");
    }

    @Test
    void aSecondProcessWithTheSameRankIsRefusedAndTheOthersGoOn() throws Exception {
        CompletableFuture<String> first = start(environment(0, 2));
        Deadline.in(LONG).await(() -> folder.resolve("port").toFile().exists());
        List<CompletableFuture<String>> twins = List.of(start(environment(1, 2)), start(environment(1, 2)));

        assertThat(first.get()).isEqualTo("agreed");
        List<String> ends = twins.stream().map(RendezvousIT::end).sorted().toList();
        assertThat(ends.get(0)).isEqualTo("agreed");
        assertThat(ends.get(1))
                .contains("rank 1 of 2 joined store at 127.0.0.1:")
                .contains("give every process its own RANK");
    }

    @Test
    void aRankThatDoesNotComeIsATimeOutThatNamesIt() {
        assertThatThrownBy(() -> Rendezvous.setup(environment(0, 3), SHORT))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                .hasMessage("ranks [1, 2] of 3 did not come to compare the world within 500 ms");
    }

    @Test
    void aMasterThatDoesNotComeIsATimeOutThatNamesIt() throws IOException {
        int port = freePort();
        assertThatThrownBy(() -> Rendezvous.setup(new RankEnvironment(1, 2, 1, 2, "127.0.0.1", port, "", ""), SHORT))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                .hasMessageContaining("127.0.0.1:" + port);
        assertThatThrownBy(() -> Rendezvous.setup(environment(1, 2), SHORT))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                .hasMessageContaining("rank 0 did not write its port");
    }

    /** It takes the connection, as any server would, and then says nothing. */
    @Test
    void aSilentStrangerAtThePortIsATimeOutThatSaysSo() throws IOException {
        try (ServerSocket stranger = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            RankEnvironment environment = new RankEnvironment(1, 2, 1, 2, "127.0.0.1", stranger.getLocalPort(), "", "");
            assertThatThrownBy(() -> Rendezvous.setup(environment, SHORT))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT))
                    .hasMessage(
                            "no rank 0 at 127.0.0.1:" + stranger.getLocalPort()
                                    + " after 500 ms: another program listens there and says nothing; set MASTER_PORT to a free port");
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void aMasterAddressThatDoesNotResolveIsNamed(int rank) {
        RankEnvironment environment = new RankEnvironment(rank, 2, rank, 2, "nowhere.invalid", 29_500, "", "");
        assertThatThrownBy(() -> Rendezvous.setup(environment, SHORT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("MASTER_ADDR nowhere.invalid does not resolve; "
                        + "set it to the name or IPv4 address of the host of rank 0");
    }

    @Test
    void ranksOfAnotherStartOfTheJobAreNotCounted() {
        CompletableFuture<String> stale = CompletableFuture.supplyAsync(() -> {
            Deadline.in(LONG).await(() -> folder.resolve("port").toFile().exists());
            return meet(
                    new RankEnvironment(
                            1, 2, 1, 2, "127.0.0.1", 0, folder.resolve("port").toString(), "old"),
                    SHORT,
                    Map.of());
        });

        assertThatThrownBy(() -> Rendezvous.setup(environment(0, 2), Duration.ofSeconds(2)))
                .hasMessageContaining("ranks [1] of 2 did not come");
        assertThat(failure(stale)).isInstanceOf(EngineException.class);
    }

    @Test
    void severalGroupsUseOneStoreAndSurviveIt() throws Exception {
        List<CompletableFuture<String>> ranks = start(2, rank -> {
            Rendezvous rendezvous = Rendezvous.setup(environment(rank, 2), LONG);
            try (ProcessGroup first =
                            rendezvous.group("first", BackendKind.GLOO, LONG).orElseThrow();
                    ProcessGroup second =
                            rendezvous.group("second", BackendKind.GLOO, LONG).orElseThrow()) {
                rendezvous.agree("all connected", Map.of());
                rendezvous.close();
                System.gc(); // what only the collector would free must not be what the groups still use
                double[] sum = {rank, 1};
                first.sum(sum);
                second.sum(sum);
                return sum[0] + " " + sum[1];
            }
        });

        for (CompletableFuture<String> rank : ranks) {
            assertThat(rank.get()).isEqualTo("2.0 4.0");
        }
    }

    private RankEnvironment environment(int rank, int worldSize) {
        return new RankEnvironment(
                rank,
                worldSize,
                rank,
                worldSize,
                "127.0.0.1",
                0,
                folder.resolve("port").toString(),
                "job");
    }

    private static String meet(RankEnvironment environment, Duration timeout, Map<String, String> values) {
        try (Rendezvous rendezvous = Rendezvous.setup(environment, timeout)) {
            rendezvous.agree("settings", values);
            return "agreed";
        }
    }

    private static CompletableFuture<String> start(RankEnvironment environment) {
        return start(1, rank -> meet(environment, LONG, Map.of())).get(0);
    }

    /** Each on a thread of its own: they wait for each other. */
    private static List<CompletableFuture<String>> start(int count, Function<Integer, String> work) {
        return IntStream.range(0, count)
                .mapToObj(
                        rank -> CompletableFuture.supplyAsync(() -> work.apply(rank), task -> new Thread(task).start()))
                .toList();
    }

    private static Throwable failure(CompletableFuture<String> rank) {
        try {
            throw new AssertionError("it did not fail but " + rank.get());
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String end(CompletableFuture<String> rank) {
        return rank.handle((result, error) -> error == null ? result : "failed: " + error.getMessage())
                .join();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
