package dev.trireme.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A logarithmic axis that begins and ends at a tick.
 *
 * @param ticks at least two values, ascending
 */
record LogAxis(List<Double> ticks) {
    /** … 32, 64, 128 … around the values. */
    static LogAxis powersOfTwo(DoubleStream values) {
        return around(values, 2, 1);
    }

    /** … 10, 20, 50, 100 … around the values. */
    static LogAxis oneTwoFive(DoubleStream values) {
        return around(values, 10, 1, 2, 5);
    }

    /** The position of a value, from 0 at the first tick to 1 at the last. */
    double share(double value) {
        double begin = Math.log(ticks.get(0));
        double end = Math.log(ticks.get(ticks.size() - 1));
        return (Math.log(value) - begin) / (end - begin);
    }

    private static LogAxis around(DoubleStream values, double base, double... steps) {
        double[] all = values.toArray();
        double least = DoubleStream.of(all).min().orElseThrow();
        double most = DoubleStream.of(all).max().orElseThrow();
        if (!(least > 0 && most < Double.POSITIVE_INFINITY)) { // NaN too
            throw new IllegalArgumentException(
                    "values from " + least + " to " + most + " have no logarithm; use numbers above 0");
        }
        List<Double> ticks = new ArrayList<>();
        int exponent = (int) Math.floor(Math.log(least) / Math.log(base)) - 1;
        for (double power = Math.pow(base, exponent); ; power *= base) {
            for (double step : steps) {
                double tick = power * step;
                if (tick <= least) {
                    ticks.clear(); // only the last of them begins the axis
                }
                ticks.add(tick);
                if (tick >= most && ticks.size() > 1) {
                    return new LogAxis(List.copyOf(ticks));
                }
            }
        }
    }
}
