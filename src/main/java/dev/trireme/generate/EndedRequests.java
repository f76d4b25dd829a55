package dev.trireme.generate;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Ends the requests of an engine, and counts them. Any thread may call. */
final class EndedRequests {
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong generatedTokens = new AtomicLong();
    private final RecentTimes firstTokens = new RecentTimes();
    private final RecentTimes betweenTokens = new RecentTimes();

    /** Counts first: who has the answer may ask for the counts. */
    void finish(Course course) {
        if (course.isCancelled()) { // by its listener, at the last token
            fail(course, Course.cancellation());
            return;
        }
        answered.incrementAndGet();
        generatedTokens.addAndGet(course.generated());
        RequestStatistics statistics = course.statistics();
        statistics.firstTokenNanos().ifPresent(firstTokens::add);
        long[] times = statistics.tokens();
        for (int i = 1; i < times.length; i++) {
            betweenTokens.add(times[i] - times[i - 1]);
        }
        course.finish();
    }

    /** @param cause of which a request that was cancelled is not told */
    void fail(Course course, Throwable cause) {
        failed.incrementAndGet();
        generatedTokens.addAndGet(course.generated());
        course.fail(course.isCancelled() ? Course.cancellation() : cause);
    }

    EngineMetrics metrics(List<EngineMetrics.Copy> copies) {
        return new EngineMetrics(
                copies,
                answered.get(),
                failed.get(),
                generatedTokens.get(),
                firstTokens.percentiles(),
                betweenTokens.percentiles());
    }
}
