package dev.trireme.cluster;

import dev.trireme.config.NullChecks;
import dev.trireme.plan.Machine;
import java.util.Locale;

/**
 * How devices add up their gradients, each ending with the sum. All are simulated message by message over the links that there
 * are; where these are alike, n members with S bytes take
 *
 * <pre>
 *   RING           2 (n − 1) α + 2 (n − 1) / n S / β
 *   TREE           2 log₂ n (α + c / β) + 2 S / β, in pieces of c bytes; a few more for the second child
 *   HIERARCHICAL   a ring in each host, one between hosts for each of its devices, a ring in each host
 * </pre>
 */
public enum AllReduce {
    /** Every member hands a part to the next. */
    RING,
    /** Sums go up a binary tree of members and down again, piece by piece, both at once. */
    TREE,
    /** Parts are summed within hosts, then between hosts, then shared within hosts. */
    HIERARCHICAL;

    /**
     * When each member has the sum.
     *
     * @param ready when each has what it adds, in seconds
     * @param devices of the members, in the same order
     * @param bytes that each adds
     * @param machine whose links they use
     * @return seconds, for each member
     * @throws IllegalArgumentException when there is not one device for each time
     */
    public double[] finish(double[] ready, int[] devices, double bytes, Machine machine) {
        NullChecks.require("ready", ready, "devices", devices, "machine", machine);
        if (ready.length != devices.length) {
            throw new IllegalArgumentException(
                    ready.length + " times for " + devices.length + " devices; give one for each");
        }
        if (ready.length < 2) {
            return ready.clone();
        }
        return switch (this) {
            case RING -> Rings.allReduce(ready, devices, bytes, machine);
            case TREE -> new Tree(devices, bytes, machine).allReduce(ready);
            case HIERARCHICAL -> Rings.hierarchical(ready, devices, bytes, machine);
        };
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
