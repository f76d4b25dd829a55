package dev.trireme.engine;

import dev.trireme.config.NullChecks;
import java.time.Duration;

/**
 * A rank's membership in a process group.
 *
 * @param backend of the collectives
 * @param name unique among the groups on the same store
 * @param rank this process, from 0
 * @param worldSize how many there are
 * @param address IPv4 address of this host that Gloo listens on; NCCL finds its own
 * @param timeout how long a collective may take; Gloo's own default would be half an hour
 */
public record GroupConfig(BackendKind backend, String name, int rank, int worldSize, String address, Duration timeout) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public GroupConfig {
        NullChecks.require("backend", backend, "name", name, "address", address, "timeout", timeout);
        if (worldSize < 1 || rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException("rank " + rank + " of a world of " + worldSize
                    + " cannot be; use ranks from 0 to below the world size");
        }
        if (timeout.toMillis() < 1) {
            throw new IllegalArgumentException("timeout is " + timeout + "; use at least a millisecond");
        }
    }
}
