package dev.trireme.cluster;

import dev.trireme.plan.Machine;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * Rings, step by step: in each, every member sends a part to the next and waits for one from the previous.
 *
 * <pre>
 *   time of member i after step t = max(member i, member i − 1 after step t − 1) + link from i − 1 to i
 * </pre>
 */
final class Rings {
    private Rings() {}

    /** Sums of parts, then the sums to all: 2 (n − 1) steps. */
    static double[] allReduce(double[] ready, int[] devices, double bytes, Machine machine) {
        return steps(ready, devices, 2 * (devices.length - 1), bytes / devices.length, machine);
    }

    /** A third of the work in each of three rounds; hosts with different numbers of members have one ring. */
    static double[] hierarchical(double[] ready, int[] devices, double bytes, Machine machine) {
        int[] order = order(devices);
        int perHost = perHost(devices, order, machine);
        if (perHost <= 1 || perHost == devices.length) {
            return allReduce(ready, devices, bytes, machine);
        }
        int hosts = devices.length / perHost;
        double[] times = ready.clone();
        IntFunction<int[]> inHost = host -> Arrays.copyOfRange(order, host * perHost, (host + 1) * perHost);
        for (int host = 0; host < hosts; host++) {
            some(times, devices, inHost.apply(host), perHost - 1, bytes / perHost, machine);
        }
        for (int rank = 0; rank < perHost; rank++) {
            int[] across = new int[hosts];
            for (int host = 0; host < hosts; host++) {
                across[host] = order[host * perHost + rank];
            }
            some(times, devices, across, 2 * (hosts - 1), bytes / perHost / hosts, machine);
        }
        for (int host = 0; host < hosts; host++) {
            some(times, devices, inHost.apply(host), perHost - 1, bytes / perHost, machine);
        }
        return times;
    }

    /** A ring of some members only. */
    private static void some(double[] times, int[] devices, int[] members, int steps, double bytes, Machine machine) {
        double[] ready =
                Arrays.stream(members).mapToDouble(member -> times[member]).toArray();
        int[] theirs = Arrays.stream(members).map(member -> devices[member]).toArray();
        double[] done = steps(ready, theirs, steps, bytes, machine);
        for (int i = 0; i < members.length; i++) {
            times[members[i]] = done[i];
        }
    }

    private static double[] steps(double[] ready, int[] devices, int steps, double bytes, Machine machine) {
        int n = devices.length;
        double[] hop = new double[n]; // from the previous member
        for (int i = 0; i < n; i++) {
            hop[i] = machine.link(devices[(i + n - 1) % n], devices[i]).seconds(bytes);
        }
        double[] times = ready.clone();
        for (int step = 0; step < steps; step++) {
            double previous = times[n - 1];
            for (int i = 0; i < n; i++) {
                double own = times[i];
                times[i] = Math.max(own, previous) + hop[i];
                previous = own;
            }
        }
        return times;
    }

    /** Members sorted by device, so that those of a host are together. */
    private static int[] order(int[] devices) {
        Integer[] order = new Integer[devices.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Integer.compare(devices[a], devices[b]));
        return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
    }

    /** Members of each host; 0 if hosts differ. */
    private static int perHost(int[] devices, int[] order, Machine machine) {
        int perHost = 0;
        int count = 0;
        for (int i = 0; i < order.length; i++) {
            count++;
            boolean last = i == order.length - 1
                    || devices[order[i]] / machine.devicesPerHost() != devices[order[i + 1]] / machine.devicesPerHost();
            if (last) {
                if (perHost != 0 && perHost != count) {
                    return 0;
                }
                perHost = count;
                count = 0;
            }
        }
        return perHost;
    }
}
