package dev.trireme.parallel;

import dev.trireme.config.ExitCode;
import dev.trireme.engine.NativeLibrary;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the ranks of a job on this host and stays until all have ended. One that fails ends the others; however this
 * process ends, no rank stays behind.
 *
 * <pre>
 *   launcher ──stdin, never written──▶ rank 0, rank 1, …     its end: the launcher died, so the rank halts
 *            ◀──stderr──────────────── rank 0 as it is, others with "[rank 1] " in front
 *            ──SIGTERM, then SIGKILL─▶ when one failed, or this process is told to end
 * </pre>
 */
public final class Launcher {
    /** Between SIGTERM and SIGKILL, when a rank failed. */
    private static final Duration FAILURE_GRACE = Duration.ofSeconds(1);

    /** Between SIGTERM and SIGKILL, when this process was told to end. */
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(10);

    /** How long after "lost a peer" of one rank the peer's own end may be seen. */
    private static final Duration BLAME_GRACE = Duration.ofMillis(500);

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

    private final Job job;
    private final OutputStream errors;
    private final List<RunningRank> ranks = new CopyOnWriteArrayList<>(); // a shutdown hook reads it too
    private final BlockingQueue<RunningRank> ended = new LinkedBlockingQueue<>();
    private volatile boolean shuttingDown;

    private Launcher(Job job, OutputStream errors) {
        this.job = job;
        this.errors = errors;
    }

    /**
     * Runs a job. Rank 0 inherits this process's standard output. SIGTERM and SIGINT to this process end the ranks
     * first.
     *
     * @param job what to start
     * @param errors where the ranks' standard error goes
     * @return how it ended, with no rank left
     * @throws IllegalStateException when native libraries cannot be extracted
     */
    public static JobResult run(Job job, OutputStream errors) {
        NativeLibrary.warmCache();
        return new Launcher(job, errors).run();
    }

    private JobResult run() {
        Thread hook = new Thread(this::shutDown, "end of ranks");
        Runtime.getRuntime().addShutdownHook(hook);
        long killsBefore = OutOfMemoryKills.count();
        try {
            // Only its owner may enter the folder, so nobody else can say where rank 0 listens.
            Path folder = Files.createTempDirectory("trireme");
            try {
                startAll(folder.resolve("port"));
                return await(killsBefore);
            } finally {
                end(shuttingDown ? SHUTDOWN_GRACE : FAILURE_GRACE);
                Files.deleteIfExists(folder.resolve("port"));
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + job.ranks() + " ranks", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ranks were running; they were ended", e);
        } finally {
            remove(hook);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOG.debug("this process is ending, and the hook with it", e);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // adding to the queue cannot fail
    private void startAll(Path portFile) throws IOException {
        String run = UUID.randomUUID().toString();
        for (int rank = 0; rank < job.ranks(); rank++) {
            RankEnvironment environment =
                    new RankEnvironment(rank, job.ranks(), rank, job.ranks(), "127.0.0.1", 0, portFile.toString(), run);
            RunningRank started = RunningRank.start(RankCommand.of(job, environment), rank, errors);
            ranks.add(started);
            started.process().onExit().thenRun(() -> ended.add(started));
        }
    }

    private JobResult await(long killsBefore) throws InterruptedException {
        for (int left = ranks.size(); left > 0; left--) {
            RunningRank rank = ended.take();
            if (rank.exitValue() != 0) {
                return shuttingDown ? new JobResult(ExitCode.TERMINATED, "") : failure(rank, killsBefore);
            }
        }
        ranks.forEach(rank -> rank.output().drain(FAILURE_GRACE));
        return new JobResult(ExitCode.OK, "");
    }

    private JobResult failure(RunningRank first, long killsBefore) throws InterruptedException {
        List<RunningRank> stopped =
                ranks.stream().filter(RunningRank::isStopped).toList();
        stopped.forEach(RunningRank::kill); // it could not obey a SIGTERM
        RunningRank guilty = stopped.isEmpty() && first.mayBeConsequence() ? findCause(first) : first;
        end(FAILURE_GRACE);
        boolean killedForMemory = OutOfMemoryKills.count() > killsBefore;
        return new JobResult(guilty.exitCode(killedForMemory), guilty.describeEnd(killedForMemory) + describe(stopped));
    }

    private static String describe(List<RunningRank> stopped) {
        return stopped.stream()
                .map(rank -> "; rank " + rank.rank() + " stood still, stopped by SIGSTOP")
                .collect(Collectors.joining());
    }

    /** The end of the rank that the first one lost, if it comes. */
    private RunningRank findCause(RunningRank first) throws InterruptedException {
        Deadline deadline = Deadline.in(BLAME_GRACE);
        while (!deadline.isOver()) {
            RunningRank next = ended.poll(10, TimeUnit.MILLISECONDS);
            if (next != null && next.exitValue() != 0 && !next.mayBeConsequence()) {
                return next;
            }
        }
        return first;
    }

    private void shutDown() {
        shuttingDown = true;
        end(SHUTDOWN_GRACE);
    }

    private void end(Duration grace) {
        ranks.forEach(RunningRank::terminate);
        Deadline.in(grace)
                .await(() -> ranks.stream().noneMatch(rank -> rank.process().isAlive()));
        ranks.forEach(RunningRank::kill);
        ranks.forEach(rank -> rank.process().onExit().join());
    }
}
