package dev.trireme.generate;

import java.util.Arrays;
import java.util.Objects;

/**
 * The timing of a request; with several groups in flight, that of the slowest group.
 *
 * @param prefillNanos from the start to the first new token of the last prompt
 * @param stepNanos of each decode step: one more token of every sequence that is not done
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Timing(long prefillNanos, long[] stepNanos) {
    /** Checks that no component is null. */
    public Timing {
        Objects.requireNonNull(stepNanos, "stepNanos");
    }

    /** The timing of an empty request. */
    static final Timing NONE = new Timing(0, new long[0]);

    @Override
    public String toString() {
        return "prefill " + prefillNanos + " ns, " + stepNanos.length + " steps of " + medianStepNanos()
                + " ns in the middle";
    }

    long nanos() {
        return prefillNanos + Arrays.stream(stepNanos).sum();
    }

    /**
     * The median time of a decode step.
     *
     * @return nanoseconds; 0 without steps
     */
    public long medianStepNanos() {
        long[] sorted = stepNanos.clone();
        Arrays.sort(sorted);
        int count = sorted.length;
        return count == 0 ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    }

    /**
     * The speed of the median step.
     *
     * @param batch sequences that a step appended a token to
     * @return tokens a second; 0 without steps
     */
    public double tokensPerSecond(int batch) {
        long median = medianStepNanos();
        return median == 0 ? 0 : batch * 1e9 / median;
    }
}
