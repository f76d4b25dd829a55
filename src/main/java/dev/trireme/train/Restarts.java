package dev.trireme.train;

import dev.trireme.checkpoint.CheckpointException;
import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;
import dev.trireme.launch.JobControl;
import dev.trireme.launch.JobResult;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Starts the ranks of a run again when one died, from its last checkpoint.
 *
 * <pre>
 *   ranks run ──▶ one dies ──▶ the cause, and where to go on, in start.json ──▶ ranks run ──▶ …
 *                    └─ a third time at the same step, or no restart is left: the end
 * </pre>
 */
public final class Restarts {
    /** How often a run may die at one step: a restart does not help then. */
    private static final int SAME_STEP = 3;

    /** Ends that a restart may cure. The others would come again: wrong settings, bad files, a full disk. */
    private static final Set<ExitCode> CURABLE =
            Set.of(ExitCode.PEER_LOST, ExitCode.COLLECTIVE_TIMEOUT, ExitCode.OUT_OF_MEMORY, ExitCode.FAILED);

    private Restarts() {}

    /**
     * Runs the ranks until they have done their work, or nothing more can be done.
     *
     * @param run whose ranks are started
     * @param ranks starts them, and waits for their end
     * @param control of the ranks
     * @param log told of each restart, in a sentence
     * @return how it ended at last
     */
    public static JobResult run(TrainingRun run, Supplier<JobResult> ranks, JobControl control, Consumer<String> log) {
        NullChecks.require("run", run, "ranks", ranks, "control", control, "log", log);
        int most = run.config().training().recovery().maxRestarts();
        long lastStep = -1;
        int times = 0;
        for (int restarts = 0; ; restarts++) {
            JobResult end = ranks.get();
            if (most == 0
                    || !CURABLE.contains(end.exitCode())
                    || control.ending().isPresent()) {
                return end;
            }
            long step = lastStep(run);
            times = step == lastStep ? times + 1 : 1;
            lastStep = step;
            if (times == SAME_STEP) {
                return new JobResult(
                        ExitCode.EXHAUSTED,
                        end.failure() + "; it died " + times + " times after step " + step
                                + ", so that a restart does not help");
            }
            if (restarts == most) {
                return new JobResult(ExitCode.EXHAUSTED, end.failure() + "; all " + most + " restarts are used up");
            }
            run.checkpoints().recover(); // not what this process writes meanwhile
            Optional<Long> from =
                    run.checkpoints().latest(damaged -> log.accept(damaged + "; the one before it is taken"));
            try {
                new Start(from.orElse(0L), end.failure()).write(run.folder());
            } catch (CheckpointException e) { // the cause of the end is not to be lost
                return new JobResult(end.exitCode(), end.failure() + "; it cannot be started again: " + e.getMessage());
            }
            log.accept("restart " + (restarts + 1) + " of " + most + " from step " + from.orElse(0L) + ": "
                    + end.failure());
        }
    }

    /** By its metrics, or by its checkpoints if the disk had no room for metrics. */
    private static long lastStep(TrainingRun run) {
        long saved = run.checkpoints().steps().stream().findFirst().orElse(0L);
        return Math.max(saved, MetricsHistory.lastStep(run.metrics()));
    }
}
