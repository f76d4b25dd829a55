package dev.trireme.schedule;

/**
 * Splits a model into runs of sublayers so that the slowest run is as fast as possible, by dynamic programming:
 *
 * <pre>
 *   slowest[stage][end] = min over first of max(slowest[stage - 1][first], seconds of sublayers first to end - 1)
 * </pre>
 */
final class BalancedSplit {
    private static final long IMPOSSIBLE = Long.MAX_VALUE;

    private final long[] upTo; // nanoseconds of the sublayers before each
    private final long embedding;
    private final long head;
    private final int stages;
    private final int sublayers;

    private BalancedSplit(StageCosts costs, int stages) {
        this.stages = stages;
        sublayers = costs.sublayers().size();
        embedding = Cost.nanos(costs.embedding().seconds());
        head = Cost.nanos(costs.head().seconds());
        upTo = new long[sublayers + 1];
        for (int i = 0; i < sublayers; i++) {
            upTo[i + 1] = upTo[i] + Cost.nanos(costs.sublayers().get(i).seconds());
        }
    }

    /** Sublayers of each stage. */
    static int[] sizes(StageCosts costs, int stages) {
        requireParts(costs.sublayers().size(), stages);
        return new BalancedSplit(costs, stages).sizes();
    }

    static void requireParts(int sublayers, int stages) {
        int most = sublayers + 2;
        if (stages > most) {
            throw new IllegalArgumentException("stages is " + stages + " (all chunks counted) but embedding, "
                    + sublayers + " half layers and head fill " + most + " at most; use fewer stages or more layers");
        }
    }

    private int[] sizes() {
        long[][] slowest = new long[stages][sublayers + 1];
        int[][] cut = new int[stages][sublayers + 1];
        for (int stage = 0; stage < stages; stage++) {
            for (int end = 0; end <= sublayers; end++) {
                slowest[stage][end] = IMPOSSIBLE;
                int last = isEnd(stage) ? end : end - 1; // a stage between the ends needs a sublayer
                for (int first = 0; first <= (stage == 0 ? 0 : last); first++) {
                    long before = stage == 0 ? 0 : slowest[stage - 1][first];
                    long nanos = Math.max(before, nanos(stage, first, end));
                    if (nanos < slowest[stage][end]) { // of equal cuts the earliest
                        slowest[stage][end] = nanos;
                        cut[stage][end] = first;
                    }
                }
            }
        }
        int[] sizes = new int[stages];
        for (int stage = stages - 1, end = sublayers; stage >= 0; end = cut[stage--][end]) {
            sizes[stage] = end - cut[stage][end];
        }
        return sizes;
    }

    private boolean isEnd(int stage) {
        return stage == 0 || stage == stages - 1;
    }

    private long nanos(int stage, int first, int end) {
        return upTo[end] - upTo[first] + (stage == 0 ? embedding : 0) + (stage == stages - 1 ? head : 0);
    }
}
