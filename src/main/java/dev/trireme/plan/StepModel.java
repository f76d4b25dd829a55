package dev.trireme.plan;

import dev.trireme.config.ActivationCheckpointing;
import dev.trireme.cost.HostCosts;
import dev.trireme.cost.UpdateCosts;
import dev.trireme.parallel.Pipelines;
import dev.trireme.parallel.Replica;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.Schedule;
import dev.trireme.schedule.Sharing;
import dev.trireme.schedule.Simulation;
import dev.trireme.schedule.StageCosts;
import dev.trireme.schedule.TaskKind;
import dev.trireme.schedule.Timeline;
import dev.trireme.schedule.TimelineEvent;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * A training step's time from the costs of parts.
 *
 * <pre>
 *   │ Simulation of the schedule │ tied gradient │ exposed all-reduce │ norm, stage by stage │ AdamW on all devices │
 * </pre>
 *
 * <p>Cores of one host slow each other down, which {@link Sharing} says how; GPUs do not, and links between them take time.
 * A ring's all-reduce of n bytes sends 2 (R − 1) / R n from each of R ranks, bucket by bucket. On a GPU it runs beside the last backward
 * passes; on a CPU it needs the cores that compute, and hides where one is idle.
 */
final class StepModel {
    private final Job job;
    private final Machine machine;
    private final Costs costs;

    StepModel(Job job, Machine machine, Costs costs) {
        this.job = job;
        this.machine = machine;
        this.costs = costs;
    }

    StepTime time(Layout layout, DeviceMap map, List<Long> parameters) {
        int rows = job.rows() / (layout.ranks() * layout.microBatches());
        HostCosts parts = costs.training(rows, job.length(), layout.threads());
        Schedule schedule = Pipelines.schedule(layout.pipeline(), layout.microBatches());
        Timeline timeline = timeline(layout, map, parts, schedule);
        double tasks = timeline.makespanNanos() / 1e9;
        AllReduce reduce = new AllReduce(layout, parameters);
        double exposed = reduce.exposed(schedule, timeline);
        double update = update(layout, map, parameters, parts);
        double hop =
                (double) rows * job.length() * job.model().hidden() * job.type().bytes();
        boolean copies = machine.hasGpus() && schedule.stages() > 1;
        double hops = copies ? 2.0 * layout.microBatches() * schedule.chunks() : 0;
        return new StepTime(
                tasks + exposed + update,
                0,
                0,
                timeline.bubble(),
                update,
                reduce.volume() + hops * hop,
                reduce.seconds()
                        + hops
                                * (copies
                                        ? machine.neighbour(layout.pipeline().stages())
                                                .seconds(hop)
                                        : 0),
                exposed);
    }

    /** The same costs and bytes, before anything is timed. */
    StageWork work(Layout layout, DeviceMap map, List<Long> parameters) {
        int rows = job.rows() / (layout.ranks() * layout.microBatches());
        HostCosts parts = costs.training(rows, job.length(), layout.threads());
        int bytes = job.type().bytes();
        return new StageWork(
                Pipelines.schedule(layout.pipeline(), layout.microBatches()),
                stages(layout, map, machine.hasGpus() ? parts.alone() : parts.busy()),
                (double) rows * job.length() * job.model().hidden() * job.type().bytes(),
                parameters.stream().map(count -> (double) count * bytes).toList(),
                Replica.BUCKET_BYTES,
                update(layout, map, parameters, parts));
    }

    Timeline timeline(Layout layout, DeviceMap map, HostCosts parts, Schedule schedule) {
        List<Cost> alone = stages(layout, map, parts.alone());
        if (machine.hasGpus()) {
            int rows = job.rows() / (layout.ranks() * layout.microBatches());
            double bytes = (double) rows
                    * job.length()
                    * job.model().hidden()
                    * job.type().bytes();
            double seconds = machine.neighbour(layout.pipeline().stages()).seconds(bytes);
            return Simulation.run(
                    schedule, alone, (from, to) -> schedule.deviceOf(from) == schedule.deviceOf(to) ? 0 : seconds);
        }
        return Simulation.shared(schedule, alone, stages(layout, map, parts.busy()), sharing(layout));
    }

    private List<Cost> stages(Layout layout, DeviceMap map, StageCosts parts) {
        double task = machine.taskSeconds().value();
        double again = again(layout);
        return map.stageCosts(parts).stream()
                .map(cost -> new Cost(
                        task + cost.forwardSeconds(),
                        task + cost.backwardSeconds() + again * cost.forwardSeconds(),
                        cost.weightSeconds()))
                .toList();
    }

    /** The share of micro-batches whose forward pass is made twice. */
    private static double again(Layout layout) {
        ActivationCheckpointing when = layout.pipeline().checkpointing();
        int count = layout.microBatches();
        return IntStream.range(0, count)
                        .filter(microBatch -> when.appliesTo(microBatch, count))
                        .count()
                / (double) count;
    }

    private Sharing sharing(Layout layout) {
        return machine.sharing(ranksOfHost(layout), layout.threads());
    }

    private int ranksOfHost(Layout layout) {
        return machine.ranksOfHost(
                job.trains(), layout.ranks(), layout.pipeline().stages());
    }

    private double update(Layout layout, DeviceMap map, List<Long> parameters, HostCosts parts) {
        boolean shared = !machine.hasGpus();
        int devices = layout.pipeline().stages();
        Sharing sharing = shared ? sharing(layout) : new Sharing(1, 1);
        UpdateCosts alone = parts.updateAlone();
        UpdateCosts busy = parts.updateBusy();
        long[] ofDevice = new long[devices];
        IntStream.range(0, parameters.size()).forEach(stage -> ofDevice[stage % devices] += parameters.get(stage));
        long all = parameters.stream().mapToLong(Long::longValue).sum();
        double most = IntStream.range(0, devices)
                .mapToLong(device -> ofDevice[device])
                .max()
                .orElseThrow();
        double tied =
                job.model().tied() ? (double) job.model().hidden() * job.model().vocabulary() : 0;
        double serial = all * shared(alone.norm(), busy.norm(), 1, layout, shared)
                + tied * shared(alone.tiedAdd(), busy.tiedAdd(), 1, layout, shared);
        if (map.ranges().size() > 1) {
            serial += tied * shared(alone.tiedTake(), busy.tiedTake(), 1, layout, shared);
        }
        double together = shared && devices * sharing.pipelines() > sharing.cores()
                ? (double) all / devices // they take turns, and end together
                : most;
        return serial + together * shared(alone.apply(), busy.apply(), devices, layout, shared);
    }

    private double shared(double alone, double busy, int devices, Layout layout, boolean shared) {
        return shared ? sharing(layout).seconds(alone, busy, devices) : alone;
    }

    /** The sums of gradients over ranks, stage by stage. */
    private final class AllReduce {
        private final Layout layout;
        private final List<Long> parameters;
        private final Link link;

        AllReduce(Layout layout, List<Long> parameters) {
            this.layout = layout;
            this.parameters = parameters;
            this.link = ranksOfHost(layout) < layout.ranks() ? machine.hostLink() : machine.deviceLink();
        }

        /** What a device sends. */
        double volume() {
            return ofBusiest(this::volume);
        }

        double seconds() {
            return ofBusiest(this::seconds);
        }

        /** Stages lie on devices in turn. */
        private double ofBusiest(ToDoubleFunction<Long> figure) {
            int devices = layout.pipeline().stages();
            return IntStream.range(0, devices)
                    .mapToDouble(device -> IntStream.iterate(
                                    device, stage -> stage < parameters.size(), stage -> stage + devices)
                            .mapToDouble(stage -> figure.applyAsDouble(parameters.get(stage)))
                            .sum())
                    .max()
                    .orElseThrow();
        }

        private double volume(long count) {
            return Ring.volume(layout.ranks(), bytes(count));
        }

        private double seconds(long count) {
            return Ring.seconds(layout.ranks(), bytes(count), buckets(count), link);
        }

        private double buckets(long count) {
            return Math.max(1, Math.ceil(bytes(count) / Replica.BUCKET_BYTES));
        }

        private double bytes(long count) {
            return (double) count * job.type().bytes();
        }

        /** What computing does not hide. */
        double exposed(Schedule schedule, Timeline timeline) {
            if (layout.ranks() == 1) {
                return 0;
            }
            int running = ranksOfHost(layout) * layout.pipeline().stages() * layout.threads();
            boolean idle = running < machine.devicesPerHost();
            if (!machine.hasGpus() && !idle) { // the cores that would carry it compute
                return parameters.stream().mapToDouble(this::seconds).sum();
            }
            double most = 0;
            for (int stage = 0; stage < parameters.size(); stage++) {
                most = Math.max(most, tail(stage, schedule, timeline));
            }
            return most;
        }

        /** From the last task of all to the last bucket of a stage, whose buckets fill during its last backward pass. */
        private double tail(int stage, Schedule schedule, Timeline timeline) {
            TaskKind ends = schedule.splitsWeights() ? TaskKind.WEIGHT : TaskKind.BACKWARD;
            TimelineEvent last = timeline.events().stream()
                    .filter(event -> event.stage() == stage && event.kind() == ends)
                    .max(Comparator.comparingLong(TimelineEvent::endNanos))
                    .orElseThrow();
            double buckets = buckets(parameters.get(stage));
            double all = seconds(parameters.get(stage));
            double afterFirst = last.startNanos() / 1e9 + last.nanos() / 1e9 / buckets + all;
            double afterLast = last.endNanos() / 1e9 + all / buckets;
            return Math.max(afterFirst, afterLast) - timeline.makespanNanos() / 1e9;
        }
    }
}
