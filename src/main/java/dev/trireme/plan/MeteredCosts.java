package dev.trireme.plan;

import dev.trireme.config.Count;
import dev.trireme.cost.CostMeter;
import dev.trireme.cost.HostCosts;
import dev.trireme.engine.Device;
import dev.trireme.engine.Weights;
import dev.trireme.schedule.Cost;
import dev.trireme.schedule.StageCosts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Times of parts, measured here on single stages. */
final class MeteredCosts implements Costs {
    private static final int MEASURED_ROWS = 4; // what CostMeter decodes
    private static final int MEASURED_CONTEXT = 32;
    private static final double MOST_FLOPS = 1e11; // about a second of a core

    private final Job job;
    private final CostMeter meter;
    private final RateCosts rates;
    private final Consumer<String> progress;
    private final Map<List<Integer>, HostCosts> known = new HashMap<>();
    private final Map<Integer, StageCosts> knownDecoding = new HashMap<>();

    MeteredCosts(Job job, Machine machine, CostMeter meter, Consumer<String> progress) {
        this.job = job;
        this.meter = meter;
        this.rates = new RateCosts(machine, job.model(), job.type());
        this.progress = progress;
    }

    /** What would take seconds a run is measured with fewer rows, and takes as many times longer as it has more. */
    @Override
    public HostCosts training(int rows, int length, int threads) {
        int enough = Math.max(1, Math.min(rows, (int) (MOST_FLOPS / flopsOfRow(length))));
        HostCosts measured = known.computeIfAbsent(List.of(enough, length, threads), none -> {
            progress.accept("measuring parts of the model with %d × %d tokens on %s"
                    .formatted(enough, length, Count.of(threads, "thread")));
            return meter.hostCosts(job.model(), Device.CPU, threads, enough, length);
        });
        double factor = (double) rows / enough;
        return new HostCosts(
                scaled(measured.alone(), factor),
                scaled(measured.busy(), factor),
                measured.updateAlone(),
                measured.updateBusy());
    }

    /** Of embedding, one layer and head, forward and backward: what a run of the meter computes. */
    private double flopsOfRow(int length) {
        Work.Tokens row = new Work.Tokens(1, length, 0);
        return 3
                * (Work.attention(job.model(), row).flops()
                        + Work.mlp(job.model(), row).flops()
                        + Work.head(job.model(), row).flops());
    }

    private static StageCosts scaled(StageCosts costs, double factor) {
        return new StageCosts(
                times(costs.embedding(), factor),
                costs.sublayers().stream().map(cost -> times(cost, factor)).toList(),
                times(costs.head(), factor));
    }

    private static Cost times(Cost cost, double factor) {
        return new Cost(factor * cost.forwardSeconds(), factor * cost.backwardSeconds(), factor * cost.weightSeconds());
    }

    /** Other rows and contexts than those that were measured take longer as the work and the machine's rates say. */
    @Override
    public StageCosts decoding(int rows, int context, int threads) {
        StageCosts measured = knownDecoding.computeIfAbsent(threads, none -> {
            progress.accept("measuring a decoding step on " + Count.of(threads, "thread"));
            Weights weights = job.type() == NumberType.FLOAT32 ? Weights.FLOAT32 : Weights.BFLOAT16;
            return meter.decodingCosts(job.model(), Device.CPU, threads, weights);
        });
        StageCosts here = rates.decoding(rows, context, threads);
        StageCosts there = rates.decoding(MEASURED_ROWS, MEASURED_CONTEXT, threads);
        List<Cost> sublayers = new ArrayList<>();
        for (int i = 0; i < measured.sublayers().size(); i++) {
            sublayers.add(scaled(
                    measured.sublayers().get(i),
                    here.sublayers().get(i),
                    there.sublayers().get(i)));
        }
        return new StageCosts(measured.embedding(), sublayers, scaled(measured.head(), here.head(), there.head()));
    }

    private static Cost scaled(Cost measured, Cost here, Cost there) {
        double factor = there.forwardSeconds() == 0 ? 1 : here.forwardSeconds() / there.forwardSeconds();
        return new Cost(factor * measured.forwardSeconds(), 0, 0);
    }
}
