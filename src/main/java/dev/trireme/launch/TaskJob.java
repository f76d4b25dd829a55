package dev.trireme.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.trireme.config.ExitCode;
import dev.trireme.config.Json;
import dev.trireme.config.NullChecks;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A job whose ranks all run one task.
 *
 * <pre>
 *   settings ──JSON──▶ TaskRank on every rank: RankTask.run ──JSON──▶ the answer of rank 0
 *                                     └──lines of rank 0──▶ a listener, as they come
 * </pre>
 *
 * @param task what every rank does
 * @param answer what rank 0 answers
 * @param ranks how many
 * @param threads of each
 * @param timeout how long a rank may be stopped (SIGSTOP) before the job ends
 * @param <S> the settings
 * @param <A> the answer
 */
public record TaskJob<S extends Record, A extends Record>(
        Class<? extends RankTask<S, A>> task, Class<A> answer, int ranks, int threads, Duration timeout) {
    /** Checks that no component is null. */
    public TaskJob {
        NullChecks.require("task", task, "answer", answer, "timeout", timeout);
    }

    /**
     * Runs the task, and waits until all ranks have ended.
     *
     * @param settings of the task
     * @param errors where the ranks' standard error goes
     * @param failure what to throw when a rank fails
     * @return the answer of rank 0
     * @throws CancellationException when the calling thread is interrupted, whose interrupt is then still set
     */
    public A run(S settings, OutputStream errors, Function<JobResult, ? extends RuntimeException> failure) {
        NullChecks.require("settings", settings, "errors", errors, "failure", failure);
        return started(settings, failure, job -> Launcher.run(job, errors));
    }

    /**
     * As {@link #run(Record, OutputStream, Function)}, with a listener for the lines of rank 0.
     *
     * @param settings of the task
     * @param lines called on this thread for each line of rank 0; what it throws ends the ranks
     * @param errors where the ranks' standard error goes
     * @param failure what to throw when a rank fails
     * @return the answer of rank 0
     */
    public A run(
            S settings,
            Consumer<String> lines,
            OutputStream errors,
            Function<JobResult, ? extends RuntimeException> failure) {
        return run(settings, lines, errors, failure, new JobControl());
    }

    /**
     * As {@link #run(Record, Consumer, OutputStream, Function)}, with a handle for other threads.
     *
     * @param settings of the task
     * @param lines called on this thread for each line of rank 0
     * @param errors where the ranks' standard error goes
     * @param failure what to throw when a rank fails, or ends because it was asked to
     * @param control by which other threads ask something of the ranks
     * @return the answer of rank 0
     */
    public A run(
            S settings,
            Consumer<String> lines,
            OutputStream errors,
            Function<JobResult, ? extends RuntimeException> failure,
            JobControl control) {
        NullChecks.require("settings", settings, "lines", lines, "errors", errors, "failure", failure);
        NullChecks.require("control", control);
        return started(settings, failure, job -> Launcher.run(job, lines, errors, control));
    }

    private A started(
            S settings, Function<JobResult, ? extends RuntimeException> failure, Function<Job, JobResult> launch) {
        try (ScratchFolder folder = ScratchFolder.create()) {
            Path file = folder.path().resolve("answer.json");
            Job job = Job.of(ranks, threads, TaskRank.class.getName(), TaskRank.arguments(task, settings, file))
                    .withTimeout(timeout);
            JobResult end = launch.apply(job);
            if (end.exitCode() != ExitCode.OK) {
                throw failure.apply(end);
            }
            return read(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot pass the answer of rank 0", e);
        }
    }

    private A read(Path file) throws IOException {
        try {
            return Json.READER.forType(answer).readValue(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("rank 0 answered no " + answer.getSimpleName(), e);
        }
    }
}
