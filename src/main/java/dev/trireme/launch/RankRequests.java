package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What this process was asked to do at its next convenience: by its launcher, by a signal, or by the program that it is
 * part of. Any thread may ask; the task looks from time to time.
 *
 * <pre>
 *   Launcher ──a byte on stdin──▶ RankProcess ─┐
 *   SIGTERM, SIGINT ──▶ EndSignals ────────────┴▶ requests ◀── the task, between steps
 * </pre>
 */
public final class RankRequests {
    /** The bytes by which a launcher asks. */
    static final int END = 'e';

    static final int CHECKPOINT = 'c';

    private static final RankRequests OF_THIS_PROCESS = new RankRequests();

    private final AtomicBoolean checkpoint = new AtomicBoolean();
    private Optional<ExitCode> end = Optional.empty();

    /** Nothing is asked yet. */
    public RankRequests() {}

    /**
     * What this rank is asked by its launcher and by signals.
     *
     * @return the same at every call
     */
    public static RankRequests ofThisProcess() {
        return OF_THIS_PROCESS;
    }

    /** Asks for a checkpoint. */
    public void checkpoint() {
        checkpoint.set(true);
    }

    /**
     * Asks to end after the current step; the first to ask decides how.
     *
     * @param how the exit code of the process
     */
    public synchronized void end(ExitCode how) {
        Objects.requireNonNull(how, "how");
        end = end.or(() -> Optional.of(how));
    }

    /**
     * Takes the request for a checkpoint.
     *
     * @return whether there was one since the last call
     */
    public boolean takeCheckpoint() {
        return checkpoint.getAndSet(false);
    }

    /**
     * The request to end.
     *
     * @return the exit code, nothing as long as nobody asks
     */
    public synchronized Optional<ExitCode> end() {
        return end;
    }

    /** A byte from the launcher. */
    void accept(int request) {
        if (request == CHECKPOINT) {
            checkpoint();
        } else if (request == END) {
            end(ExitCode.TERMINATED);
        }
    }
}
