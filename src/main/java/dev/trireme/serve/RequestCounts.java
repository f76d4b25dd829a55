package dev.trireme.serve;

import dev.trireme.generate.Completion;
import dev.trireme.generate.RequestStatistics;
import dev.trireme.generate.StopReason;
import dev.trireme.generate.TextRun;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What became of a server's requests, and when; embeddings count by their prompts alone and have no times. Any thread may
 * call.
 */
final class RequestCounts {
    /** Why a text ended, in vLLM's words. */
    enum End {
        STOP,
        LENGTH,
        ABORT, // its client left or read too slowly, the server ended, or another prompt of its call was refused
        ERROR
    }

    final LongAdder promptTokens = new LongAdder();
    final Histogram queued = new Histogram();
    final Histogram toFirstToken = new Histogram();
    final Histogram betweenTokens = new Histogram();
    final Histogram whole = new Histogram();
    private final Map<End, LongAdder> ends = new ConcurrentHashMap<>();

    /** Texts that ended so; of what was given up or failed, requests. */
    long ended(End end) {
        return of(end).sum();
    }

    private LongAdder of(End end) {
        return ends.computeIfAbsent(end, first -> new LongAdder());
    }

    /** By the run's own end; one that has none yet was given up. */
    void count(TextRun run) {
        promptTokens.add(run.request().prompt().length);
        if (run.failure().isPresent()) {
            boolean cancelled = run.failure().get() instanceof CancellationException;
            of(cancelled ? End.ABORT : End.ERROR).increment();
        } else if (run.isAnswered()) {
            run.answer().choices().forEach(text -> of(end(text)).increment());
            whole.add(run.nanos());
            time(run.answer().statistics());
        } else {
            of(End.ABORT).increment();
        }
    }

    private static End end(Completion text) {
        return text.stop() == StopReason.LENGTH ? End.LENGTH : End.STOP;
    }

    private void time(RequestStatistics statistics) {
        long[] tokens = statistics.tokens();
        statistics.queuedNanos().ifPresent(queued::add);
        statistics.firstTokenNanos().ifPresent(toFirstToken::add);
        for (int i = 1; i < tokens.length; i++) {
            betweenTokens.add(tokens[i] - tokens[i - 1]);
        }
    }
}
