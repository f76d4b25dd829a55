package dev.trireme.cli.output;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Shows the generation speed on a live line, once generation takes longer than a moment. */
public final class LiveSpeed {
    private static final long REFRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final LiveLine line;
    private long count;
    private long firstAt;
    private long shownAt;

    public LiveSpeed(LiveLine line) {
        this.line = line;
    }

    void count() {
        long now = System.nanoTime();
        if (count == 0) {
            firstAt = now;
            shownAt = now;
        }
        if (now - shownAt >= REFRESH_NANOS) {
            line.show(
                    String.format(Locale.ROOT, "%,d tokens, %,.1f tokens/s", count + 1, count * 1e9 / (now - firstAt)));
            shownAt = now;
        }
        count++;
    }

    void clear() {
        line.clear();
    }
}
