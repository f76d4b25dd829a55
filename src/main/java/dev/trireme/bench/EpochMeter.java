package dev.trireme.bench;

import dev.trireme.data.Prefetcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Takes the steps of epochs, and measures where each epoch's time went.
 *
 * @param <B> a batch
 */
final class EpochMeter<B> {
    /** Trains on a batch. */
    @FunctionalInterface
    interface Work<B> {
        /** Takes a step. @return nanoseconds that this rank waited for others */
        long step(int number, B batch);
    }

    private final Prefetcher<B> batches;
    private final Work<B> work;
    private final Supplier<HostCounters> counters;
    private final List<EpochParts> epochs = new ArrayList<>();
    private final List<Double> stepMillis = new ArrayList<>();
    private final List<Double> waitMillis = new ArrayList<>();
    private int step;

    EpochMeter(Prefetcher<B> batches, Work<B> work, Supplier<HostCounters> counters) {
        this.batches = batches;
        this.work = work;
        this.counters = counters;
    }

    /** Takes steps that do not count. */
    void warmUp(int steps) {
        for (int i = 0; i < steps; i++) {
            work.step(step++, batches.next());
        }
    }

    /** @param tokens of all ranks in a step */
    void epoch(int steps, double tokens) {
        HostCounters before = counters.get();
        long dataBefore = batches.waitedNanos();
        long begin = System.nanoTime();
        double waited = 0;
        for (int i = 0; i < steps; i++) {
            long beginOfStep = System.nanoTime();
            double millis = work.step(step++, batches.next()) / 1e6;
            stepMillis.add((System.nanoTime() - beginOfStep) / 1e6);
            waitMillis.add(millis);
            waited += millis;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        HostCounters after = counters.get();
        epochs.add(new EpochParts(
                epochs.size() + 1,
                seconds,
                steps * tokens / seconds,
                (batches.waitedNanos() - dataBefore) / 1e6,
                waited,
                after.collectionMs() - before.collectionMs(),
                after.stolenMs() - before.stolenMs(),
                Math.max(0, after.neighboursMs() - before.neighboursMs()),
                after.majorFaults() - before.majorFaults()));
    }

    List<EpochParts> epochs() {
        return List.copyOf(epochs);
    }

    double[] stepMillis() {
        return stepMillis.stream().mapToDouble(Double::doubleValue).toArray();
    }

    double[] waitMillis() {
        return waitMillis.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
