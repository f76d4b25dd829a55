package dev.trireme.generate;

import java.util.stream.LongStream;

/** Times the calls of a request. */
final class Stopwatch {
    private final LongStream.Builder steps = LongStream.builder();
    private long prefill;

    void prefill(Runnable work) {
        prefill += nanos(work);
    }

    void step(Runnable work) {
        steps.add(nanos(work));
    }

    /** The timing so far. */
    Timing timing() {
        return new Timing(prefill, steps.build().toArray());
    }

    private static long nanos(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        return System.nanoTime() - begin;
    }
}
