package dev.trireme.plan;

import dev.trireme.schedule.Cost;
import dev.trireme.schedule.DeviceMap;
import dev.trireme.schedule.StageCosts;
import java.util.List;

/**
 * The time of a generation from the costs of parts. Prompts of a rank are dealt to m groups; a stage takes one group at a
 * time, so that between two tokens of a sequence lies a round:
 *
 * <pre>
 *   one group    the sum over stages           stage 0 │A   A      model parallel: no faster than one device
 *                                              stage 1 │  A   A
 *   m groups     the sum, or m × the slowest,  stage 0 │A B C A B C
 *                whichever is longer           stage 1 │  A B C A B
 * </pre>
 */
final class GenerationModel {
    private final Job job;
    private final Machine machine;
    private final Costs costs;

    GenerationModel(Job job, Machine machine, Costs costs) {
        this.job = job;
        this.machine = machine;
        this.costs = costs;
    }

    StepTime time(Layout layout, DeviceMap map) {
        int parts = layout.ranks() * layout.microBatches();
        int rows = (job.rows() + parts - 1) / parts;
        StageCosts prompt = costs.training(rows, job.length(), layout.threads()).alone();
        StageCosts lastOnly = new StageCosts(prompt.embedding(), prompt.sublayers(), part(prompt.head(), job.length()));
        StageCosts token = costs.decoding(rows, job.length() + job.newTokens() / 2, layout.threads());
        Round first = round(layout, map.stageCosts(lastOnly), (double) rows * job.length());
        Round next = round(layout, map.stageCosts(token), rows);
        int later = job.newTokens() - 1;
        double bubble = Math.max(0, 1 - next.work() / (layout.pipeline().stages() * next.seconds()));
        double sent = layout.pipeline().stages() > 1
                ? layout.microBatches() * (hopBytes((double) rows * job.length()) + later * hopBytes(rows))
                : 0;
        return new StepTime(
                first.seconds() + later * next.seconds(),
                first.seconds(),
                next.seconds(),
                bubble,
                0,
                sent,
                layout.microBatches() * (first.hops() + later * next.hops()),
                first.exposed() + later * next.exposed());
    }

    /**
     * All groups once.
     *
     * @param hops that a group takes from the first stage to the last
     * @param exposed of them that no computing hides
     * @param work of all devices
     */
    private record Round(double seconds, double hops, double exposed, double work) {}

    private Round round(Layout layout, List<Cost> stages, double tokens) {
        double hops = (stages.size() - 1) * hopSeconds(stages.size(), tokens);
        double share = slowdown(layout);
        double sum = share * stages.stream().mapToDouble(this::task).sum();
        double slowest = share * stages.stream().mapToDouble(this::task).max().orElseThrow();
        double computing = Math.max(sum, layout.microBatches() * slowest);
        double seconds = Math.max(sum + hops, layout.microBatches() * slowest);
        return new Round(seconds, hops, seconds - computing, layout.microBatches() * sum);
    }

    /** Stages on the cores of one host hand over what lies in its memory. */
    private double hopSeconds(int stages, double tokens) {
        boolean sends = machine.hasGpus() || stages > machine.devicesPerHost();
        return sends ? machine.neighbour(stages).seconds(hopBytes(tokens)) : 0;
    }

    /** Decoding is bound by memory: a core keeps that share of it while others read too. */
    private double slowdown(Layout layout) {
        if (machine.hasGpus()) {
            return 1;
        }
        int stages = layout.pipeline().stages();
        int ranks = machine.ranksOfHost(job.trains(), layout.ranks(), stages);
        double busy = 1 / machine.memory().busy().value();
        return machine.sharing(ranks, layout.threads()).seconds(1, busy, Math.min(stages, layout.microBatches()));
    }

    private double task(Cost cost) {
        return cost.forwardSeconds() + machine.taskSeconds().value();
    }

    private double hopBytes(double tokens) {
        return tokens * job.model().hidden() * job.type().bytes();
    }

    private static Cost part(Cost cost, int parts) {
        return new Cost(cost.forwardSeconds() / parts, cost.backwardSeconds() / parts, cost.weightSeconds() / parts);
    }
}
