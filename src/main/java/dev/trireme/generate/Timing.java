package dev.trireme.generate;

import java.util.Arrays;
import java.util.Objects;

/**
 * How long a request took; with several groups of prompts in flight, the one of them that took longest.
 *
 * @param prefillNanos from the first token read to the last prompt's first new token
 * @param stepNanos of each decode step: one more token of every sequence that is not done
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Timing(long prefillNanos, long[] stepNanos) {
    /** Nothing may be missing. */
    public Timing {
        Objects.requireNonNull(stepNanos, "stepNanos");
    }

    /** Of a request with nothing to do. */
    static final Timing NONE = new Timing(0, new long[0]);

    long nanos() {
        return prefillNanos + Arrays.stream(stepNanos).sum();
    }

    /**
     * The usual step.
     *
     * @return nanoseconds of the middle one, or of the mean of the two in the middle; 0 without steps
     */
    public long medianStepNanos() {
        long[] sorted = stepNanos.clone();
        Arrays.sort(sorted);
        int count = sorted.length;
        return count == 0 ? 0 : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
    }

    /**
     * The speed of the usual step.
     *
     * @param batch sequences that a step appended a token to
     * @return tokens a second; 0 without steps
     */
    public double tokensPerSecond(int batch) {
        long median = medianStepNanos();
        return median == 0 ? 0 : batch * 1e9 / median;
    }
}
