package dev.trireme.config;

import java.util.Locale;
import java.util.Objects;

/**
 * The learning rate over a run: linear warm-up, then the shape's decay. No step's rate is 0.
 *
 * <pre>
 *   peak      ╭──────── constant
 *            ╱ ╲ cosine, linear
 *           ╱    ╲
 *   0      ╱        ╲
 *          warm-up   total
 * </pre>
 *
 * @param shape decay after warm-up
 * @param peak the highest rate
 * @param warmupSteps steps before the peak; {@link #withUsualWarmup} leaves them open
 */
public record LearningRateSchedule(Shape shape, double peak, int warmupSteps) {
    /** The decay after warm-up. */
    public enum Shape {
        /** Stays at the peak. */
        CONSTANT,
        /** Falls in a straight line. */
        LINEAR,
        /** Falls along half a cosine (Loshchilov and Hutter 2017). */
        COSINE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int USUAL_WARMUP = -1;
    private static final int USUAL_SHARE = 10;
    private static final int MOST_USUAL = 20;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the component, its value and what it may be
     */
    public LearningRateSchedule {
        Objects.requireNonNull(shape, "shape");
        if (!(peak >= 0 && peak <= 1)) {
            throw new IllegalArgumentException("learning rate is " + peak + "; use 0 to 1, for example 1e-4");
        }
        if (warmupSteps < USUAL_WARMUP) {
            throw new IllegalArgumentException("warmupSteps is " + warmupSteps + "; use 0 or more");
        }
    }

    /**
     * The same rate at every step.
     *
     * @param rate from 0 to 1
     * @return the schedule
     * @throws IllegalArgumentException when the rate is out of bounds
     */
    public static LearningRateSchedule constant(double rate) {
        return new LearningRateSchedule(Shape.CONSTANT, rate, 0);
    }

    /**
     * A schedule whose warm-up is settled once the length of the run is known: a tenth of its steps, at most 20. Longer warm-up
     * than that would leave a short run no time at its rate.
     *
     * @param shape decay after warm-up
     * @param peak the highest rate
     * @return the schedule
     * @throws IllegalArgumentException when the rate is out of bounds
     */
    public static LearningRateSchedule withUsualWarmup(Shape shape, double peak) {
        return new LearningRateSchedule(shape, peak, USUAL_WARMUP);
    }

    /**
     * Whether the warm-up is known, as it is of every prepared run.
     *
     * @return whether {@link #settled} has nothing to do
     */
    public boolean warmupIsSettled() {
        return warmupSteps != USUAL_WARMUP;
    }

    /**
     * The same with a number for the usual warm-up.
     *
     * @param totalSteps of the run, at least 1
     * @return the schedule that {@link #at} follows then
     */
    public LearningRateSchedule settled(long totalSteps) {
        int usual = (int) Math.min(MOST_USUAL, totalSteps / USUAL_SHARE);
        return warmupIsSettled() ? this : new LearningRateSchedule(shape, peak, usual);
    }

    /**
     * The rate of a step.
     *
     * @param step from 1 to {@code totalSteps}
     * @param totalSteps of the run
     * @return the rate
     * @throws IllegalArgumentException when there is no such step
     */
    public double at(long step, long totalSteps) {
        if (step < 1 || step > totalSteps) {
            throw new IllegalArgumentException("step " + step + " is not one of " + totalSteps + "; count them from 1");
        }
        long done = step - 1;
        int warmup = settled(totalSteps).warmupSteps;
        if (done < warmup) {
            return peak * step / (warmup + 1);
        }
        double left = 1 - (done - warmup) / (double) (totalSteps - warmup);
        return switch (shape) {
            case CONSTANT -> peak;
            case LINEAR -> peak * left;
            case COSINE -> peak * (1 - Math.cos(Math.PI * left)) / 2;
        };
    }
}
