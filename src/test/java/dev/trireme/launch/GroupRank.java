package dev.trireme.launch;

import dev.trireme.engine.BackendKind;
import dev.trireme.engine.ListeningPorts;
import dev.trireme.engine.ProcessGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A rank that sums over all ranks until it is stopped or has done it often enough: folder, milliseconds to wait,
 * rounds.
 */
public final class GroupRank {
    private GroupRank() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        RankEnvironment environment = RankEnvironment.of(System.getenv());
        Duration timeout = Duration.ofMillis(Long.parseLong(arguments[1]));
        int rounds = Integer.parseInt(arguments[2]);
        int rank = environment.rank();
        try (Rendezvous rendezvous = Rendezvous.setup(environment, Rendezvous.DEFAULT_TIMEOUT);
                ProcessGroup group =
                        rendezvous.group("all", BackendKind.GLOO, timeout).orElseThrow()) {
            double[] values = {0, 0};
            for (int round = 0; round < rounds; round++) {
                values = new double[] {1 + rank, round};
                group.sum(values);
                if (round == 0) {
                    Files.writeString(
                            folder.resolve("pid" + rank),
                            Long.toString(ProcessHandle.current().pid()));
                }
            }
            Files.writeString(
                    folder.resolve("rank" + rank),
                    values[0] + " " + values[1] + " "
                            + ListeningPorts.of(ProcessHandle.current().pid()));
            rendezvous.agree("end", Map.of());
        }
    }
}
