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
        double first = round(layout, map.stageCosts(lastOnly), (double) rows * job.length());
        double next = round(layout, map.stageCosts(token), rows);
        List<Cost> stages = map.stageCosts(token);
        double work = stages.stream().mapToDouble(cost -> task(cost)).sum() * layout.microBatches();
        double bubble = Math.max(0, 1 - work / (layout.pipeline().stages() * next));
        double hop = hopBytes(rows);
        double hops = layout.pipeline().stages() > 1 ? (double) job.newTokens() * layout.microBatches() : 0;
        double seconds = hops * (machine.hasGpus() ? machine.deviceLink().seconds(hop) : 0);
        return new StepTime(first + (job.newTokens() - 1) * next, first, next, bubble, 0, hops * hop, seconds, seconds);
    }

    private double round(Layout layout, List<Cost> stages, double tokens) {
        double link =
                machine.hasGpus() && stages.size() > 1 ? machine.deviceLink().seconds(hopBytes(tokens)) : 0;
        double share = slowdown(layout);
        double sum =
                stages.stream().mapToDouble(cost -> share * task(cost) + link).sum() - link;
        double slowest =
                stages.stream().mapToDouble(cost -> share * task(cost)).max().orElseThrow();
        return Math.max(sum, layout.microBatches() * slowest);
    }

    /** Decoding is bound by memory: a core keeps that share of it while others read too. */
    private double slowdown(Layout layout) {
        int running = layout.ranks() * Math.min(layout.pipeline().stages(), layout.microBatches()) * layout.threads();
        int cores = machine.devicesPerHost();
        if (machine.hasGpus() || running <= layout.threads()) {
            return 1;
        }
        double busy = 1 / machine.memory().busy().value();
        return running > cores ? busy * running / cores : 1 + (busy - 1) * (running - 1) / (cores - 1);
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
