package dev.trireme.cluster;

import dev.trireme.config.NullChecks;
import dev.trireme.config.Requirements;
import java.util.Map;

/**
 * How replicas lie on devices and add up their gradients.
 *
 * @param replicas R, copies of the model
 * @param placement which devices are neighbours
 * @param allReduce how gradients are summed
 * @param slow devices that take so many times as long for every task; 2 is half as fast
 */
public record Spread(int replicas, Placement placement, AllReduce allReduce, Map<Integer, Double> slow) {
    /**
     * Checks every component.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public Spread {
        NullChecks.require("placement", placement, "allReduce", allReduce, "slow", slow);
        slow = Map.copyOf(slow);
        Requirements.within("replicas", replicas, 1, 4096);
        slow.forEach((device, factor) -> Requirements.that(
                factor > 0 && factor < Double.POSITIVE_INFINITY, "slow device " + device, factor, "a factor above 0"));
    }

    /**
     * As this library's ranks are: stages of a replica next to each other, a ring, no device slowed down.
     *
     * @param replicas R
     * @return the spread
     * @throws IllegalArgumentException when there are none
     */
    public static Spread of(int replicas) {
        return new Spread(replicas, Placement.STAGES, AllReduce.RING, Map.of());
    }
}
