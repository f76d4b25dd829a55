package dev.trireme.generate;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The timing of prompts that were given at once.
 *
 * @param prefillNanos from the start to the first new token of the last prompt
 * @param stepNanos of each iteration after that: one more token of some or all texts that are not done
 */
@SuppressWarnings("ArrayRecordComponent") // one number a token: a List would box them
public record Timing(long prefillNanos, long[] stepNanos) {
    /** Checks that no component is null. */
    public Timing {
        Objects.requireNonNull(stepNanos, "stepNanos");
    }

    /** The timing of an empty request. */
    static final Timing NONE = new Timing(0, new long[0]);

    /**
     * The timing of requests that were submitted together. Prefill is the time to the first token of the last one that
     * gets one; each iteration after that is a step.
     *
     * @param begin when they were submitted, by {@link System#nanoTime}
     * @param requests how each went
     * @return the timing
     */
    public static Timing of(long begin, List<RequestStatistics> requests) {
        Objects.requireNonNull(requests, "requests");
        List<long[]> all = requests.stream()
                .map(RequestStatistics::tokens)
                .filter(tokens -> tokens.length > 0)
                .toList();
        if (all.isEmpty()) {
            return NONE;
        }
        long filled = all.stream().mapToLong(tokens -> tokens[0]).max().orElseThrow();
        long[] later = all.stream()
                .flatMapToLong(Arrays::stream)
                .filter(time -> time >= filled)
                .distinct()
                .sorted()
                .toArray();
        long[] steps = new long[later.length - 1];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = later[i + 1] - later[i];
        }
        return new Timing(filled - begin, steps);
    }

    @Override
    public String toString() {
        return "prefill " + prefillNanos + " ns, " + stepNanos.length + " steps of " + medianStepNanos()
                + " ns in the middle";
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
