package dev.trireme.launch;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Detects ranks that were stopped (SIGSTOP): the others wait for them without an error. It counts polls instead of
 * time, because a shell stops this process along with its ranks, and no poll takes place then.
 */
final class StandStill {
    /** Time between two polls. */
    static final Duration INTERVAL = Duration.ofMillis(250);

    private final long mostLooks;
    private final Map<Integer, Long> looks = new HashMap<>();

    StandStill(Duration timeout) {
        this.mostLooks = Math.max(1, timeout.dividedBy(INTERVAL));
    }

    /** Polls. @return whether a rank has been stopped for as long as the time-out */
    boolean isOver(List<RunningRank> ranks) {
        for (RunningRank rank : ranks) {
            looks.compute(rank.rank(), (number, before) -> rank.isStopped() ? (before == null ? 0 : before) + 1 : 0L);
        }
        return looks.values().stream().anyMatch(count -> count > mostLooks);
    }
}
