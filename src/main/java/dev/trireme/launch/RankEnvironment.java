package dev.trireme.launch;

import dev.trireme.config.NullChecks;
import java.util.Map;
import java.util.Objects;

/**
 * The environment variables of a rank, named as torchrun names them, so that launchers for torchrun can start Trireme's
 * ranks.
 *
 * @param rank {@code RANK}, this process, from 0
 * @param worldSize {@code WORLD_SIZE}, how many there are
 * @param localRank {@code LOCAL_RANK}, this process among those of its host; {@code RANK} where it is not set
 * @param localWorldSize {@code LOCAL_WORLD_SIZE}, processes of this host; {@code WORLD_SIZE} where it is not set
 * @param masterAddress {@code MASTER_ADDR}, host of rank 0; loopback where it is not set
 * @param masterPort {@code MASTER_PORT}, where rank 0 listens; 0 lets the system choose, and {@code portFile} tells
 * @param portFile {@code TRIREME_PORT_FILE}, where rank 0 writes its port for others on its host; empty for none
 * @param run {@code TORCHELASTIC_RUN_ID}, unique for each start of the job; empty for none
 */
public record RankEnvironment(
        int rank,
        int worldSize,
        int localRank,
        int localWorldSize,
        String masterAddress,
        int masterPort,
        String portFile,
        String run) {
    private static final String LOOPBACK = "127.0.0.1";

    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the variable, its value and the cure
     */
    public RankEnvironment {
        NullChecks.require("masterAddress", masterAddress, "portFile", portFile, "run", run);
        require(worldSize >= 1, "WORLD_SIZE", worldSize, "1 or more");
        require(
                rank >= 0 && rank < worldSize,
                "RANK",
                rank,
                "0 to " + (worldSize - 1) + ", below WORLD_SIZE " + worldSize);
        require(localWorldSize >= 1, "LOCAL_WORLD_SIZE", localWorldSize, "1 or more");
        require(
                localRank >= 0 && localRank < localWorldSize,
                "LOCAL_RANK",
                localRank,
                "0 to " + (localWorldSize - 1) + ", below LOCAL_WORLD_SIZE " + localWorldSize);
        require(masterPort >= 0 && masterPort <= 65_535, "MASTER_PORT", masterPort, "1 to 65535");
        require(
                worldSize == 1 || masterPort > 0 || !portFile.isEmpty(),
                "MASTER_PORT",
                masterPort,
                "a free port, the same on all ranks");
    }

    /**
     * The environment of a single process.
     *
     * @return rank 0 of 1
     */
    public static RankEnvironment alone() {
        return new RankEnvironment(0, 1, 0, 1, LOOPBACK, 0, "", "");
    }

    /**
     * Whether this process was started as a rank.
     *
     * @param variables the environment
     * @return true when {@code RANK} or {@code WORLD_SIZE} is set
     */
    public static boolean isIn(Map<String, String> variables) {
        Objects.requireNonNull(variables, "variables");
        return variables.containsKey("RANK") || variables.containsKey("WORLD_SIZE");
    }

    /**
     * Reads the variables.
     *
     * @param variables the environment; {@code RANK} and {@code WORLD_SIZE} are needed, and {@code MASTER_PORT} for
     *     more than one rank
     * @return what they say
     * @throws IllegalArgumentException naming what is missing or wrong
     */
    public static RankEnvironment of(Map<String, String> variables) {
        Objects.requireNonNull(variables, "variables");
        int rank = number(variables, "RANK", "");
        int worldSize = number(variables, "WORLD_SIZE", "");
        return new RankEnvironment(
                rank,
                worldSize,
                number(variables, "LOCAL_RANK", Integer.toString(rank)),
                number(variables, "LOCAL_WORLD_SIZE", Integer.toString(worldSize)),
                variables.getOrDefault("MASTER_ADDR", LOOPBACK),
                number(variables, "MASTER_PORT", worldSize <= 1 ? "0" : ""),
                variables.getOrDefault("TRIREME_PORT_FILE", ""),
                variables.getOrDefault("TORCHELASTIC_RUN_ID", ""));
    }

    /**
     * This record as environment variables.
     *
     * @return what {@link #of} reads
     */
    public Map<String, String> variables() {
        return Map.of(
                "RANK", Integer.toString(rank),
                "WORLD_SIZE", Integer.toString(worldSize),
                "LOCAL_RANK", Integer.toString(localRank),
                "LOCAL_WORLD_SIZE", Integer.toString(localWorldSize),
                "MASTER_ADDR", masterAddress,
                "MASTER_PORT", Integer.toString(masterPort),
                "TRIREME_PORT_FILE", portFile,
                "TORCHELASTIC_RUN_ID", run);
    }

    private static int number(Map<String, String> variables, String name, String fallback) {
        String text = variables.getOrDefault(name, fallback);
        if (text.isEmpty()) {
            throw new IllegalArgumentException(
                    name + " is not set, but RANK or WORLD_SIZE is; set RANK, WORLD_SIZE and "
                            + "MASTER_PORT of every process, or none of them");
        }
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is " + text + "; use a whole number", e);
        }
    }

    private static void require(boolean holds, String name, int value, String allowed) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; use " + allowed);
        }
    }
}
