package dev.trireme.plan;

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

    @Override
    public HostCosts training(int rows, int length, int threads) {
        return known.computeIfAbsent(List.of(rows, length, threads), none -> {
            progress.accept("measuring parts of the model with %d × %d tokens on %d thread%s"
                    .formatted(rows, length, threads, threads == 1 ? "" : "s"));
            return meter.hostCosts(job.model(), Device.CPU, threads, rows, length);
        });
    }

    /** Other rows and contexts than those that were measured take longer as the work and the machine's rates say. */
    @Override
    public StageCosts decoding(int rows, int context, int threads) {
        StageCosts measured = knownDecoding.computeIfAbsent(threads, none -> {
            progress.accept("measuring a decoding step on %d thread%s".formatted(threads, threads == 1 ? "" : "s"));
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
