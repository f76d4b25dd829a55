package dev.trireme.cluster;

import dev.trireme.config.NullChecks;
import dev.trireme.plan.Link;
import dev.trireme.plan.Machine;
import dev.trireme.plan.StageWork;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.TaskKind;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Runs a step on devices that are not there.
 *
 * <pre>
 *   │ tasks and transfers of every replica │ all-reduce after them │ update │
 * </pre>
 *
 * <p>A device computes while it sends. Each stage's gradients become ready bucket by bucket during its last backward (or
 * weight) task, and are summed over replicas in that order, one bucket after the other. The rate between hosts is that which
 * each device has while all send, so that neighbours share nothing more.
 */
public final class VirtualCluster {
    /** Passes of a replica that take seconds to simulate. */
    private static final int MOST_PASSES = 1 << 18;

    private final Machine machine;
    private final StageWork step;
    private final Spread spread;
    private final int positions; // devices of a replica

    private VirtualCluster(Machine machine, StageWork step, Spread spread) {
        this.machine = machine;
        this.step = step;
        this.spread = spread;
        positions = step.schedule().devices();
    }

    /**
     * Simulates a step.
     *
     * @param machine devices and links; as many as are needed, or more
     * @param step of each replica
     * @param spread of the replicas
     * @return times
     * @throws IllegalArgumentException when the machine has too few devices, or not the one that is slowed down
     */
    public static ClusterRun run(Machine machine, StageWork step, Spread spread) {
        NullChecks.require("machine", machine, "step", step, "spread", spread);
        requirePasses(step.schedule().stages(), step.schedule().microBatches());
        int devices = spread.replicas() * step.schedule().devices();
        if (devices > machine.devices()) {
            throw new IllegalArgumentException(spread.replicas() + " replicas of "
                    + step.schedule().devices() + " devices need " + devices + ", but " + machine.name() + " has "
                    + machine.devices() + "; use fewer, or a machine with more");
        }
        for (int device : spread.slow().keySet()) {
            if (device < 0 || device >= devices) {
                throw new IllegalArgumentException(
                        "slow device " + device + " takes no part; use 0 to " + (devices - 1));
            }
        }
        return new VirtualCluster(machine, step, spread).run();
    }

    /**
     * Refuses what would take too long, before a schedule is made.
     *
     * @param stages of a replica, all chunks counted
     * @param microBatches of its step
     * @throws IllegalArgumentException naming both
     */
    public static void requirePasses(int stages, int microBatches) {
        long passes = (long) stages * microBatches;
        if (passes > MOST_PASSES) {
            throw new IllegalArgumentException("microBatches " + microBatches + " in " + stages + " stages are "
                    + passes + " passes to simulate; use numbers whose product is up to " + MOST_PASSES);
        }
    }

    /**
     * How many kinds of replicas a run tells of, before it runs.
     *
     * @param machine devices and links
     * @param step of each replica
     * @param spread of the replicas
     * @return as many as {@link ClusterRun#pipelines} will have
     */
    public static int kinds(Machine machine, StageWork step, Spread spread) {
        NullChecks.require("machine", machine, "step", step, "spread", spread);
        VirtualCluster cluster = new VirtualCluster(machine, step, spread);
        return (int) IntStream.range(0, spread.replicas())
                .mapToObj(cluster::kind)
                .distinct()
                .count();
    }

    private ClusterRun run() {
        Map<List<Object>, Integer> kinds = new LinkedHashMap<>();
        List<Timeline> timelines = new ArrayList<>();
        int[] kindOf = new int[spread.replicas()];
        int[] count = new int[spread.replicas()];
        for (int replica = 0; replica < spread.replicas(); replica++) {
            int of = replica;
            kindOf[replica] = kinds.computeIfAbsent(kind(replica), none -> {
                timelines.add(timeline(of));
                return timelines.size() - 1;
            });
            count[kindOf[replica]]++;
        }
        List<Ends> ends = timelines.stream().map(this::ends).toList();
        double tasks =
                timelines.stream().mapToLong(Timeline::makespanNanos).max().orElseThrow() / 1e9;
        double reduced = spread.replicas() == 1 ? tasks : Math.max(tasks, reduced(kindOf, ends));
        List<ClusterRun.Pipelines> pipelines = new ArrayList<>();
        for (int kind = 0; kind < timelines.size(); kind++) {
            pipelines.add(new ClusterRun.Pipelines(count[kind], timelines.get(kind)));
        }
        return new ClusterRun(spread.replicas() * positions, pipelines, tasks, reduced, reduced + step.updateSeconds());
    }

    private int device(int replica, int position) {
        return spread.placement().device(replica, position, spread.replicas(), positions);
    }

    /** All that tells one replica from another: the links along its stages, and how fast its devices are. */
    private List<Object> kind(int replica) {
        List<Object> kind = new ArrayList<>();
        for (int position = 0; position < positions; position++) {
            kind.add(link(replica, position, (position + 1) % positions));
            kind.add(spread.slow().getOrDefault(device(replica, position), 1.0));
        }
        return kind;
    }

    private Link link(int replica, int from, int to) {
        return machine.link(device(replica, from), device(replica, to));
    }

    private Timeline timeline(int replica) {
        List<Cost> costs = new ArrayList<>();
        for (int stage = 0; stage < step.costs().size(); stage++) {
            double factor = spread.slow().getOrDefault(device(replica, stage % positions), 1.0);
            Cost cost = step.costs().get(stage);
            costs.add(new Cost(
                    factor * cost.forwardSeconds(), factor * cost.backwardSeconds(), factor * cost.weightSeconds()));
        }
        return Simulation.run(
                step.schedule(),
                costs,
                (from, to) -> from % positions == to % positions
                        ? 0
                        : link(replica, from % positions, to % positions).seconds(step.activationBytes()));
    }

    /** When each stage's last gradient task begins and ends, in seconds. */
    private static final class Ends {
        private final double[] begin;
        private final double[] end;

        Ends(int stages) {
            begin = new double[stages];
            end = new double[stages];
        }
    }

    private Ends ends(Timeline timeline) {
        Ends ends = new Ends(step.schedule().stages());
        TaskKind last = step.schedule().splitsWeights() ? TaskKind.WEIGHT : TaskKind.BACKWARD;
        for (TimelineEvent event : timeline.events()) {
            if (event.kind() == last && event.endNanos() / 1e9 >= ends.end[event.stage()]) {
                ends.begin[event.stage()] = event.startNanos() / 1e9;
                ends.end[event.stage()] = event.endNanos() / 1e9;
            }
        }
        return ends;
    }

    /** When the last device has its sums. A device sums its stages in the order in which they are ready. */
    private double reduced(int[] kindOf, List<Ends> ends) {
        double last = 0;
        Map<List<Object>, double[]> alone = new HashMap<>();
        for (int position = 0; position < positions; position++) {
            double[] free = new double[spread.replicas()];
            for (int stage : inOrder(position, ends.get(0))) {
                free = reduced(stage, kindOf, ends, free, alone);
            }
            last = Math.max(last, Arrays.stream(free).max().orElseThrow());
        }
        return last;
    }

    private List<Integer> inOrder(int position, Ends ends) {
        List<Integer> stages = new ArrayList<>();
        for (int stage = position; stage < step.schedule().stages(); stage += positions) {
            stages.add(stage);
        }
        stages.sort((a, b) -> Double.compare(ends.end[a], ends.end[b]));
        return stages;
    }

    /**
     * Buckets of one stage. All take equally long, and become ready at equal distances; so the last ends either right after
     * all others that began with the first, or as long after it is ready as one takes.
     */
    private double[] reduced(
            int stage, int[] kindOf, List<Ends> ends, double[] free, Map<List<Object>, double[]> alone) {
        int buckets = (int) Math.max(1, Math.ceil(step.gradientBytes().get(stage) / step.bucketBytes()));
        double bytes = step.gradientBytes().get(stage) / buckets;
        int[] devices = new int[spread.replicas()];
        double[] first = new double[devices.length];
        double[] last = new double[devices.length];
        for (int replica = 0; replica < devices.length; replica++) {
            devices[replica] = device(replica, stage % positions);
            Ends own = ends.get(kindOf[replica]);
            double each = (own.end[stage] - own.begin[stage]) / buckets;
            first[replica] = Math.max(free[replica], own.begin[stage] + each);
            last[replica] = Math.max(free[replica], own.end[stage]);
        }
        double[] afterFirst = spread.allReduce().finish(first, devices, bytes, machine);
        double[] afterLast = buckets == 1 ? afterFirst : spread.allReduce().finish(last, devices, bytes, machine);
        double[] one = alone.computeIfAbsent(
                key(devices, bytes),
                none -> spread.allReduce().finish(new double[devices.length], devices, bytes, machine));
        double[] done = new double[devices.length];
        for (int replica = 0; replica < done.length; replica++) {
            done[replica] = Math.max(afterFirst[replica] + (buckets - 1) * one[replica], afterLast[replica]);
        }
        return done;
    }

    /** Groups whose members lie on hosts in the same way take the same time. */
    private List<Object> key(int[] devices, double bytes) {
        List<Object> key = new ArrayList<>();
        key.add(bytes);
        int first = devices[0] / machine.devicesPerHost();
        for (int device : devices) {
            key.add(device / machine.devicesPerHost() - first);
        }
        return key;
    }
}
