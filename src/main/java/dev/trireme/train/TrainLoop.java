package dev.trireme.train;

import dev.trireme.config.TrainConfig;
import dev.trireme.cost.StepReport;
import dev.trireme.data.Prefetcher;
import dev.trireme.data.StepBatch;
import dev.trireme.parallel.Pipeline;
import dev.trireme.parallel.Replica;
import dev.trireme.parallel.StepResult;
import dev.trireme.schedule.Timeline;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;

/** The epochs of a run on one rank. */
final class TrainLoop {
    private static final int BATCHES_AHEAD = 4;
    private static final int STEPS_REPORTED = 15; // of which the one in the middle is told
    private static final double NANOS_PER_MS = 1e6;
    private static final double NANOS_PER_SECOND = 1e9;

    private final TrainConfig config;
    private final TrainingData data;
    private final Replica replica;
    private final TrainListener listener;
    private final long totalSteps;
    private long step;
    private long totalTokens;
    private long totalNanos;
    private final Deque<MeasuredStep> lastSteps = new ArrayDeque<>();

    TrainLoop(TrainConfig config, TrainingData data, Replica replica, TrainListener listener) {
        this.config = config;
        this.data = data;
        this.replica = replica;
        this.listener = listener;
        long steps = (long) config.epochs() * data.stepsOfEpoch();
        this.totalSteps = config.maxSteps() == 0 ? steps : Math.min(steps, config.maxSteps());
    }

    /** Trains. @return tokens per second over all steps */
    double run() {
        try (Prefetcher<StepBatch> batches =
                new Prefetcher<>(data.steps(config.epochs()), BATCHES_AHEAD, "batches ahead")) {
            for (int epoch = 1; step < totalSteps; epoch++) {
                runEpoch(epoch, batches);
            }
        }
        lastSteps.stream()
                .sorted(Comparator.comparingLong(measured -> measured.report().stepNanos()))
                .skip((lastSteps.size() - 1) / 2)
                .findFirst()
                .map(measured ->
                        StageMetrics.of(replica.pipeline().config().schedule(), measured.report(), measured.timeline()))
                .ifPresent(listener::stages);
        return totalTokens / (totalNanos / NANOS_PER_SECOND);
    }

    private void runEpoch(int epoch, Prefetcher<StepBatch> batches) {
        long end = Math.min(step + data.stepsOfEpoch(), totalSteps);
        listener.epochStarted(epoch, config.epochs(), end - step);
        Sums sums = new Sums();
        long begin = System.nanoTime();
        while (step < end) {
            requireNoInterrupt();
            step++;
            runStep(epoch, batches, sums);
        }
        long nanos = System.nanoTime() - begin;
        totalTokens += sums.tokens;
        totalNanos += nanos;
        double seconds = nanos / NANOS_PER_SECOND;
        double validationLoss = replica.evaluate(data.validation()).loss();
        listener.epoch(
                new EpochMetrics(epoch, seconds, sums.tokens / seconds, sums.loss / sums.weight, validationLoss));
    }

    private void runStep(int epoch, Prefetcher<StepBatch> batches, Sums sums) {
        long begin = System.nanoTime();
        long waitedBefore = batches.waitedNanos();
        long collectedBefore = garbageCollectionMillis();
        StepBatch batch = batches.next();
        double rate = config.learningRate().at(step, totalSteps);
        StepResult result = step(batch, rate);
        long nanos = System.nanoTime() - begin;
        sums.loss += result.lossSum();
        sums.weight += result.weightSum();
        sums.tokens += batch.globalTokens();
        listener.step(new StepMetrics(
                step,
                epoch,
                result.loss(),
                batch.globalTokens(),
                batch.globalTokens() / (nanos / NANOS_PER_SECOND),
                nanos / NANOS_PER_MS,
                (batches.waitedNanos() - waitedBefore) / NANOS_PER_MS,
                result.times().computeNanos() / NANOS_PER_MS,
                result.times().exposedCommunicationNanos() / NANOS_PER_MS,
                garbageCollectionMillis() - collectedBefore,
                rate));
    }

    private void requireNoInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException(
                    "training was interrupted after step " + step + " of " + totalSteps + "; its model is not saved");
        }
    }

    private StepResult step(StepBatch batch, double rate) {
        Pipeline pipeline = replica.pipeline();
        List<Long> copied = StepReport.copiedNanos(pipeline);
        long begin = System.nanoTime();
        StepResult result = replica.step(step, batch.microBatches(), batch.globalWeight(), rate);
        if (lastSteps.size() == STEPS_REPORTED) {
            lastSteps.removeFirst();
        }
        StepReport report = StepReport.of(pipeline, copied, System.nanoTime() - begin);
        lastSteps.add(new MeasuredStep(report, pipeline.timeline().orElseThrow()));
        return result;
    }

    private record MeasuredStep(StepReport report, Timeline timeline) {}

    /** The sums over an epoch's steps. */
    private static final class Sums {
        double loss;
        double weight;
        long tokens;
    }

    private static long garbageCollectionMillis() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }
}
