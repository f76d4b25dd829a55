package dev.trireme.bench.page;

import dev.trireme.bench.EpochParts;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A figure over the epochs of a measurement; the deviation is the standard deviation of a sample. */
record EpochSpread(double mean, double deviation, double least, double most) {
    static EpochSpread of(List<EpochParts> epochs) {
        return of(epochs, EpochParts::seconds);
    }

    static EpochSpread of(List<EpochParts> epochs, ToDoubleFunction<EpochParts> figure) {
        DoubleSummaryStatistics all = epochs.stream().mapToDouble(figure).summaryStatistics();
        double mean = all.getAverage();
        double squares = epochs.stream()
                .mapToDouble(epoch -> Math.pow(figure.applyAsDouble(epoch) - mean, 2))
                .sum();
        double deviation = epochs.size() < 2 ? 0 : Math.sqrt(squares / (epochs.size() - 1));
        return new EpochSpread(mean, deviation, all.getMin(), all.getMax());
    }
}
