package dev.trireme.launch;

import dev.trireme.config.ExitCode;
import dev.trireme.config.NullChecks;
import dev.trireme.engine.NativeLibrary;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the ranks of a job on this host and waits until all have ended. A rank that fails ends the others. However
 * this process ends, no rank survives it.
 *
 * <pre>
 *   launcher ──stdin, requests───────▶ rank 0, rank 1, …     its end: the launcher died, so the rank halts
 *            ◀──stderr──────────────── rank 0 as it is, others with "[rank 1] " in front
 *            ◀──stdout──────────────── lines of rank 0, where somebody listens to them
 *            ──SIGTERM, then SIGKILL─▶ when one failed, or this process is told to end
 * </pre>
 */
public final class Launcher {
    /** Between SIGTERM and SIGKILL, when a rank failed. */
    private static final Duration FAILURE_GRACE = Duration.ofSeconds(1);

    /** Between SIGTERM and SIGKILL, when this process was told to end. */
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(10);

    /** How long after one rank's "lost a peer" to wait for the end of the peer, which is then the one to blame. */
    private static final Duration BLAME_GRACE = Duration.ofMillis(500);

    /** How long after the end of rank 0 to wait for its last lines from the pipe. */
    private static final Duration LAST_LINES = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

    private final Job job;
    private final OutputStream errors;
    private final Optional<Consumer<String>> listener; // of the lines of rank 0, which otherwise pass unseen
    private final JobControl control;
    private final List<RunningRank> ranks = new CopyOnWriteArrayList<>(); // a shutdown hook reads it too
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private volatile boolean shuttingDown;

    /** Events that the launching thread waits for. */
    private sealed interface Event {
        record Ended(RunningRank rank) implements Event {}

        record Line(String text) implements Event {}
    }

    private Launcher(Job job, Optional<Consumer<String>> listener, OutputStream errors, JobControl control) {
        this.job = job;
        this.listener = listener;
        this.errors = errors;
        this.control = control;
    }

    /**
     * Runs a job. Rank 0 inherits this process's standard output. SIGTERM and SIGINT to this process end the ranks
     * first, and so does an interrupt of the calling thread.
     *
     * @param job what to start
     * @param errors where the ranks' standard error goes
     * @return how it ended, with no rank left
     * @throws IllegalStateException when native libraries cannot be extracted
     * @throws CancellationException when the calling thread is interrupted, whose interrupt is then still set
     */
    public static JobResult run(Job job, OutputStream errors) {
        return run(job, errors, new JobControl());
    }

    /**
     * As {@link #run(Job, OutputStream)}, with a handle for other threads.
     *
     * @param job what to start
     * @param errors where the ranks' standard error goes
     * @param control by which other threads ask something of the ranks
     * @return how it ended, with no rank left; when the ranks ended as they were asked to, without a failure
     */
    public static JobResult run(Job job, OutputStream errors, JobControl control) {
        NullChecks.require("job", job, "errors", errors, "control", control);
        NativeLibrary.warmCache();
        return new Launcher(job, Optional.empty(), errors, control).run();
    }

    /**
     * As {@link #run(Job, OutputStream)}, with a listener for the output of rank 0.
     *
     * @param job what to start
     * @param lines called on this thread for each line of rank 0's standard output; what it throws ends the ranks
     * @param errors where the ranks' standard error goes
     * @return how it ended, with no rank left and every line told
     */
    public static JobResult run(Job job, Consumer<String> lines, OutputStream errors) {
        return run(job, lines, errors, new JobControl());
    }

    /**
     * As {@link #run(Job, Consumer, OutputStream)}, with a handle for other threads.
     *
     * @param job what to start
     * @param lines called on this thread for each line of rank 0's standard output
     * @param errors where the ranks' standard error goes
     * @param control by which other threads ask something of the ranks
     * @return how it ended, with no rank left and every line told
     */
    public static JobResult run(Job job, Consumer<String> lines, OutputStream errors, JobControl control) {
        NullChecks.require("job", job, "lines", lines, "errors", errors, "control", control);
        NativeLibrary.warmCache();
        return new Launcher(job, Optional.of(lines), errors, control).run();
    }

    private JobResult run() {
        Thread hook = new Thread(this::shutDown, "end of ranks");
        Runtime.getRuntime().addShutdownHook(hook);
        long killsBefore = OutOfMemoryKills.count();
        // Only its owner may enter the folder, so nobody else can say where rank 0 listens.
        try (ScratchFolder folder = ScratchFolder.create()) {
            try {
                Optional<Thread> reader = startAll(folder.path());
                return await(reader, killsBefore);
            } finally {
                end(shuttingDown ? SHUTDOWN_GRACE : FAILURE_GRACE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + job.ranks() + " ranks", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException(
                    "interrupted while " + job.ranks() + " ranks were running; they were ended");
            cancelled.initCause(e);
            throw cancelled;
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

    /** @return who reads the lines of rank 0, if they are read */
    @SuppressWarnings("FutureReturnValueIgnored") // adding to the queue cannot fail
    private Optional<Thread> startAll(Path folder) throws IOException {
        String run = UUID.randomUUID().toString();
        String portFile = folder.resolve("port").toString();
        Redirect output = listener.isPresent() ? Redirect.PIPE : Redirect.INHERIT;
        for (int rank = 0; rank < job.ranks(); rank++) {
            RankEnvironment environment =
                    new RankEnvironment(rank, job.ranks(), rank, job.ranks(), "127.0.0.1", 0, portFile, run);
            RunningRank started = RunningRank.start(RankCommand.of(job, environment, folder), rank, output, errors);
            ranks.add(started);
            started.process().onExit().thenRun(() -> events.add(new Event.Ended(started)));
        }
        control.attach(ranks);
        return listener.map(present ->
                RankLines.read(ranks.get(0).process().getInputStream(), text -> events.add(new Event.Line(text))));
    }

    private JobResult await(Optional<Thread> reader, long killsBefore) throws InterruptedException {
        StandStill standStill = new StandStill(job.timeout());
        Optional<RunningRank> asked = Optional.empty();
        for (int left = ranks.size(); left > 0; ) {
            Optional<RunningRank> rank = nextEnd(Deadline.in(StandStill.INTERVAL));
            if (rank.isPresent()) {
                left--;
                if (rank.get().endedAsAsked()) { // the others were asked too, and may be writing a checkpoint
                    asked = asked.or(() -> rank);
                } else if (rank.get().exitValue() != 0) {
                    return failed(
                            asked.filter(first -> rank.get().mayBeConsequence()).orElse(rank.get()),
                            killsBefore,
                            reader);
                }
            } else if (standStill.isOver(ranks)) {
                return stoodStill();
            }
        }
        if (asked.isPresent()) {
            return asAsked(asked.get(), reader);
        }
        ranks.forEach(rank -> rank.output().drain(FAILURE_GRACE));
        tellLastLines(reader);
        return new JobResult(ExitCode.OK, "");
    }

    /** All ranks have ended, as this process asked them to, or as a signal to one of them did. */
    private JobResult asAsked(RunningRank first, Optional<Thread> reader) throws InterruptedException {
        ranks.forEach(rank -> rank.output().drain(FAILURE_GRACE));
        tellLastLines(reader);
        return wanted().map(code -> new JobResult(code, ""))
                .orElseGet(() -> new JobResult(
                        ExitCode.of(first.exitValue()).orElseThrow(),
                        "a rank was told to end by a signal, and all did"));
    }

    private Optional<ExitCode> wanted() {
        return shuttingDown ? Optional.of(ExitCode.TERMINATED) : control.ending();
    }

    private JobResult failed(RunningRank first, long killsBefore, Optional<Thread> reader) throws InterruptedException {
        if (wanted().isPresent() && (first.endedAsAsked() || shuttingDown)) {
            return asAsked(first, reader);
        }
        JobResult end = failure(first, killsBefore);
        tellLastLines(reader);
        return end;
    }

    /** When all ranks have ended. */
    private void tellLastLines(Optional<Thread> reader) throws InterruptedException {
        if (reader.isPresent()) {
            reader.get().join(LAST_LINES.toMillis());
            while (nextEnd(Deadline.in(Duration.ZERO)).isPresent()) {} // who ended is known by now
        }
    }

    /** The next rank that ends before the deadline; lines that come meanwhile are told. */
    private Optional<RunningRank> nextEnd(Deadline deadline) throws InterruptedException {
        while (true) {
            Event event = events.poll(deadline.leftNanos(), TimeUnit.NANOSECONDS);
            if (event == null) {
                return Optional.empty();
            }
            if (event instanceof Event.Ended ended) {
                return Optional.of(ended.rank());
            }
            listener.orElseThrow().accept(((Event.Line) event).text());
        }
    }

    private JobResult stoodStill() {
        List<RunningRank> stopped = stopped();
        stopped.forEach(RunningRank::kill);
        String why = describe(stopped) + " for " + job.timeout().toSeconds() + " s; send SIGCONT in time to go on";
        return new JobResult(ExitCode.COLLECTIVE_TIMEOUT, why);
    }

    private JobResult failure(RunningRank first, long killsBefore) throws InterruptedException {
        List<RunningRank> stopped = stopped();
        stopped.forEach(RunningRank::kill); // it could not obey a SIGTERM
        RunningRank guilty = stopped.isEmpty() && first.mayBeConsequence() ? findCause(first) : first;
        end(FAILURE_GRACE);
        boolean killedForMemory = OutOfMemoryKills.count() > killsBefore;
        String why = guilty.describeEnd(killedForMemory) + (stopped.isEmpty() ? "" : "; " + describe(stopped));
        return new JobResult(guilty.exitCode(killedForMemory), why);
    }

    private List<RunningRank> stopped() {
        return ranks.stream().filter(RunningRank::isStopped).toList();
    }

    private static String describe(List<RunningRank> stopped) {
        return stopped.stream()
                .map(rank -> "rank " + rank.rank() + " stood still, stopped by SIGSTOP")
                .collect(Collectors.joining("; "));
    }

    /** Finds the rank that caused the failure: the peer that the first failed rank lost, if that ends in time. */
    private RunningRank findCause(RunningRank first) throws InterruptedException {
        Deadline deadline = Deadline.in(BLAME_GRACE);
        for (Optional<RunningRank> next = nextEnd(deadline); next.isPresent(); next = nextEnd(deadline)) {
            if (next.get().exitValue() != 0 && !next.get().mayBeConsequence()) {
                return next.get();
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
                .awaitUninterrupted(
                        () -> ranks.stream().noneMatch(rank -> rank.process().isAlive()));
        ranks.forEach(RunningRank::kill);
        ranks.forEach(rank -> rank.process().onExit().join());
    }
}
