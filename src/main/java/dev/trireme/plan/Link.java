package dev.trireme.plan;

import dev.trireme.config.NullChecks;

/**
 * What bytes cross between two neighbours.
 *
 * @param bytesPerSecond in one direction
 * @param latencySeconds of the shortest message
 */
public record Link(Figure bytesPerSecond, Figure latencySeconds) {
    /** Nothing may be missing. */
    public Link {
        NullChecks.require("bytesPerSecond", bytesPerSecond, "latencySeconds", latencySeconds);
    }

    /**
     * The time of one message.
     *
     * @param bytes its size
     * @return latency and bytes over bandwidth, in seconds
     */
    public double seconds(double bytes) {
        return latencySeconds.value() + bytes / bytesPerSecond.value();
    }
}
