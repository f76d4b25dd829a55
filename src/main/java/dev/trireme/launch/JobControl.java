package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A handle by which other threads ask something of a job that a {@link Launcher} runs. It outlives the job, and may serve
 * the next start of the same work.
 */
public final class JobControl {
    private List<RunningRank> ranks = List.of();
    private Optional<ExitCode> end = Optional.empty();

    /** Controls no job yet. */
    public JobControl() {}

    /**
     * Asks all ranks to end at their next convenience, such as after a step.
     *
     * @param how what the launching process is to end with
     */
    public synchronized void end(ExitCode how) {
        Objects.requireNonNull(how, "how");
        end = end.or(() -> Optional.of(how));
        ranks.forEach(rank -> rank.ask(RankRequests.END));
    }

    /** Asks for a checkpoint between two steps. Without a running job it does nothing. */
    public synchronized void checkpoint() {
        ranks.forEach(rank -> rank.ask(RankRequests.CHECKPOINT));
    }

    /** Kills all ranks at once. */
    public synchronized void kill() {
        ranks.forEach(RunningRank::kill);
    }

    /**
     * Whether the job was asked to end.
     *
     * @return what the launching process is to end with
     */
    public synchronized Optional<ExitCode> ending() {
        return end;
    }

    /** Takes over the ranks of a job that has started. */
    synchronized void attach(List<RunningRank> started) {
        ranks = new ArrayList<>(started);
        if (end.isPresent()) {
            ranks.forEach(rank -> rank.ask(RankRequests.END));
        }
    }
}
